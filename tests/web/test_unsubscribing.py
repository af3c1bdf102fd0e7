"""The page on which a recipient ends e-mail by the link of a message: without signing in, and only when they confirm it."""

from playwright.async_api import expect

from retinue.core.mail import unsubscribing
from retinue.notifications import unsubscribing as of_notifications
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks_of_visitor
from tests.web.reader import Reader

_ADDRESS = "duty@example.com"


async def _channel(scene: Scene) -> str:
    """Create an e-mail channel whose address is verified; return its id."""
    made = await scene.cast.olga.http.post("/alert-channels", json={"kind": "email", "name": _ADDRESS})
    assert made.status == 201, made.text
    channel = str(made.json["channel"]["id"])
    await scene.owner("UPDATE alert_channels SET status = 'active', verified_at = tenant.now() WHERE id = %s", channel)
    return channel


def _page_of(scene: Scene, what_for: str, *parts: object) -> str:
    """Return the address of the page that a message about something links to."""
    link = unsubscribing.link_of(scene.process.resources, what_for, *map(str, parts))
    return f"/unsubscribe{link.page.partition('/unsubscribe')[2]}"


async def test_a_recipient_ends_alerts_to_their_address_after_the_page_asked(visitor: Reader, scene: Scene) -> None:
    channel = await _channel(scene)

    page = await visitor.open(_page_of(scene, "alerts", scene.cast.acme, channel))
    await expect(page.get_by_role("heading", name="Unsubscribe?")).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text(_ADDRESS)
    await expect(page.get_by_role("listitem")).to_have_text("All alerts")
    before = (await scene.cast.olga.http.get(f"/alert-channels/{channel}")).json
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_role("heading", name="Unsubscribed")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Unsubscribed")).to_be_visible()

    after = (await scene.cast.olga.http.get(f"/alert-channels/{channel}")).json
    assert (before["status"], before["unsubscribed_at"]) == ("active", None)
    assert (after["status"], after["unsubscribed_at"] is not None) == ("unverified", True)


async def test_the_channel_of_one_who_unsubscribed_is_marked(olga: Reader, visitor: Reader, scene: Scene) -> None:
    channel = await _channel(scene)
    ending = await visitor.open(_page_of(scene, "alerts", scene.cast.acme, channel))
    await ending.get_by_role("button", name="Unsubscribe").click()
    await expect(ending.get_by_role("heading", name="Unsubscribed")).to_be_visible()

    page = await olga.open("/alerts?tab=channels")

    await expect(page.get_by_role("list", name="Channels")).to_contain_text("Unsubscribed")


async def test_a_member_ends_email_about_the_types_of_a_message(visitor: Reader, scene: Scene) -> None:
    olga = scene.cast.olga
    statement = "INSERT INTO notification_preferences (organization_id, user_id, type, email) VALUES (%s, %s, %s, 'instant')"
    for kind in ("agent_error", "alert"):
        await scene.owner(statement, scene.cast.acme, olga.user_id, kind)

    page = await visitor.open(_page_of(scene, of_notifications.WHAT_FOR, scene.cast.acme, olga.user_id, "agent_error"))
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_role("heading", name="Unsubscribed")).to_be_visible()
    await expect(page.get_by_text("Your inbox in the console stays as it is.", exact=False)).to_be_visible()

    items = (await olga.http.get("/notifications/preferences")).json["items"]
    assert {each["type"]: each["email"] for each in items if each["type"] in {"agent_error", "alert"}} == {
        "agent_error": "off",
        "alert": "instant",
    }


async def test_a_link_that_is_not_signed_leads_to_the_preferences(visitor: Reader) -> None:
    page = await visitor.open("/unsubscribe/alerts#none")

    await expect(page.get_by_role("heading", name="This link is not valid")).to_be_visible()
    await expect(page.get_by_role("link", name="Open your preferences")).to_be_visible()
    visitor.expect_refusals(404)


@looks_of_visitor
async def test_the_unsubscribe_page_has_no_barriers(visitor: Reader, scene: Scene, axe: str) -> None:
    page = await visitor.open(_page_of(scene, "alerts", scene.cast.acme, await _channel(scene)))
    await expect(page.get_by_role("heading", name="Unsubscribe?")).to_be_visible()

    assert await visitor.barriers(axe) == []
    await keep_picture(visitor, "unsubscribe")
