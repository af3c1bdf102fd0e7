"""Conversations that are shared by a link: created and revoked in the chat, read by members or by anyone."""

from playwright.async_api import expect

from retinue.core import outbox as events
from retinue.features import FEATURES
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks, looks_of_visitor
from tests.web.reader import Reader


async def _talk(played: Scene) -> str:
    """Have Olga talk with an agent; return the conversation."""
    agent = await played.agent("Wool, **milk** and cheese.", name="Shepherd")
    olga = played.cast.olga.http
    conversation = (await olga.post("/conversations", json={"agent_id": agent})).json["id"]
    said = await olga.post(f"/conversations/{conversation}/messages", json={"content": "What do sheep give?"})
    await played.until(said.json["run"]["id"], "completed")
    await events.Pump(played.process.database, events.gather(*(each.listens for each in FEATURES))).drain()
    return str(conversation)


async def _link(played: Scene, conversation: str, audience: str) -> str:
    made = await played.cast.olga.http.post(f"/conversations/{conversation}/shares", json={"audience": audience})
    assert made.status == 201, made.text
    return str(made.json["url"]).partition("/shared")[2]


@looks
async def test_link_is_created_read_and_revoked(reader: Reader, played: Scene, axe: str) -> None:
    conversation = await _talk(played)
    page = await reader.open(f"/chat/{conversation}")
    await page.get_by_role("button", name="Share", exact=True).click()
    await page.get_by_role("menuitem", name="Share by link…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("There are no links to this conversation.")).to_be_visible()
    await dialog.get_by_label("Expires after").select_option("7")
    await dialog.get_by_role("button", name="Create link").click()
    await expect(dialog.get_by_role("list", name="Links")).to_contain_text("Members · 2 messages")
    link = await dialog.get_by_test_id("secret").inner_text()
    await keep_picture(reader, "share-dialog")
    assert await reader.barriers(axe) == []

    await reader.open("/shared" + link.partition("/shared")[2])
    await expect(page.get_by_role("heading", name="What do sheep give?")).to_be_visible()
    await expect(page.get_by_role("article", name="Shepherd")).to_contain_text("Wool, milk and cheese.")
    await keep_picture(reader, "shared-members")
    assert await reader.barriers(axe) == []

    await reader.open(f"/chat/{conversation}")
    await page.get_by_role("button", name="Share", exact=True).click()
    await page.get_by_role("menuitem", name="Share by link…").click()
    await dialog.get_by_role("button", name="Revoke the link for members").click()
    await expect(dialog.get_by_text("There are no links to this conversation.")).to_be_visible()


@looks_of_visitor
async def test_anyone_reads_a_link_for_anyone_and_not_one_for_members(visitor: Reader, played: Scene, axe: str) -> None:
    conversation = await _talk(played)
    public, inside = [await _link(played, conversation, audience) for audience in ("anyone", "members")]

    page = await visitor.open(f"/shared{public}")
    await expect(page.get_by_role("list", name="Messages")).to_contain_text("Wool, milk and cheese.")
    await keep_picture(visitor, "shared-anyone")
    assert await visitor.barriers(axe) == []

    await visitor.open(f"/shared{inside}")
    await page.reload()
    await expect(page.get_by_role("heading", name="This link shows nothing")).to_be_visible()
    await keep_picture(visitor, "shared-nothing")
    assert await visitor.barriers(axe) == []
    visitor.complaints[:] = [each for each in visitor.complaints if "404" not in each]
