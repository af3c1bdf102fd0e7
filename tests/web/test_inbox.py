"""The inbox by keys: choosing, marking, snoozing and muting notifications, and what its filters show."""

import re

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_NOTIFY = """
INSERT INTO notifications (id, organization_id, user_id, type, title, message, priority, data, created_at)
VALUES (gen_random_uuid(), %s, %s, %s, %s, 'What happened.', %s, '{}', now() - %s * interval '1 hour')
"""


async def _notify(scene: Scene, title: str, *, kind: str = "agent_error", priority: str = "high", hours: int = 0) -> None:
    await scene.owner(_NOTIFY, scene.cast.acme, scene.cast.olga.user_id, kind, title, priority, hours)


async def test_notifications_are_chosen_marked_snoozed_and_muted_by_keys(olga: Reader, scene: Scene) -> None:
    await _notify(scene, "First failed")
    await _notify(scene, "Second failed", hours=1)
    await _notify(scene, "Third changed", kind="agent_status_change", priority="low", hours=50)
    page = await olga.open("/notifications")
    items = page.get_by_role("listitem").filter(has_text="What happened.")
    await expect(items).to_have_count(3)
    await expect(page.get_by_role("heading", level=2)).not_to_have_count(0)

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(items.nth(1)).to_have_attribute("aria-current", "true")
    await page.keyboard.press("k")
    await page.keyboard.press("m")
    await expect(page.get_by_text("First failed")).to_have_count(0)

    await page.keyboard.press("s")
    await page.get_by_role("menuitem", name="Until tomorrow").click()
    await expect(items).to_have_count(1)
    await page.get_by_role("tab", name="Snoozed").click()
    await expect(items.get_by_text(re.compile("^Snoozed until"))).to_have_count(1)
    await expect(items).to_contain_text("Second failed")
    await page.get_by_role("button", name="Snooze or mute Second failed").click()
    await page.get_by_role("menuitem", name="Mute: A run of an agent failed").click()
    await expect(page.get_by_text("Muted.", exact=False).first).to_be_visible()
    preferences = (await scene.cast.olga.http.get("/notifications/preferences")).json["items"]
    assert [each["in_app"] for each in preferences if each["type"] == "agent_error"] == [False]
    await page.get_by_role("button", name="Snooze or mute Second failed").click()
    await page.get_by_role("menuitem", name="List again now").click()
    await expect(page.get_by_text("Nothing is snoozed")).to_be_visible()

    await page.get_by_role("tab", name="All").click()
    await page.get_by_label("Priority").select_option("Low")
    await expect(items).to_have_count(1)
    await expect(page).to_have_url(re.compile("priority=low"))
    await page.get_by_label("Priority").select_option("All priorities")
    await page.get_by_label("Priority").blur()
    await page.keyboard.press("Shift+M")
    await page.get_by_role("tab", name="Unread").click()
    await expect(page.get_by_text("You're all caught up")).to_be_visible()


@looks
async def test_the_inbox_has_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    await _notify(scene, "First failed")
    await _notify(scene, "Second changed", kind="agent_status_change", priority="low", hours=30)
    page = await reader.open("/notifications")
    await expect(page.get_by_text("First failed")).to_be_visible()
    await page.keyboard.press("j")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "inbox")
    await page.keyboard.press("s")
    await expect(page.get_by_role("menuitem", name="Until tomorrow")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "inbox-snooze")
