"""The inbox of approvals: decided by keyboard, edits as a difference, several who decide, and the page of a link."""

from typing import Any

from playwright.async_api import expect

from retinue.runs.approvals import service
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks, looks_of_visitor
from tests.web.reader import Reader

_EDITABLE = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}


async def _started(played: Scene, **more: Any) -> str:
    node = {
        "id": "ok",
        "name": "Send the mail",
        "type": "approval",
        "reason": "Send it to 40 readers?",
        "input": {"subject": "Tides", "to": "readers"},
        "editable": _EDITABLE,
        "output": {"value": "result['value']"},
        **more,
    }
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Newsletter",
        "state": {"value": {}},
        "nodes": [node],
        "edges": [{"from": "START", "to": "ok"}, {"from": "ok", "to": "END"}],
    }
    http = played.cast.olga.http
    made = await http.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    body = {"input": {"prompt": "The tides of Brest"}, "playground": True}
    run = await http.post(f"/workflows/{made.json['id']}/runs", json=body)
    assert run.status == 202, run.text
    await played.until(run.json["id"], "waiting")
    return str(run.json["id"])


@looks
async def test_approval_is_edited_and_decided_by_keyboard(reader: Reader, played: Scene, axe: str) -> None:
    run_id = await _started(played, expires="P2D", role="admin")
    page = await reader.open("/approvals")
    card = page.get_by_role("region", name="Approval of Send the mail")
    for each in ("The tides of Brest", "Started by", "admins and owners", "expires in"):
        await expect(card).to_contain_text(each)

    await page.keyboard.press("j")
    await page.keyboard.press("e")
    await card.get_by_label("Value (JSON)").fill('{"subject": "Tides of Brest", "to": "readers"}')
    await expect(card.get_by_role("list", name="Changes")).to_contain_text('subject: "Tides" → "Tides of Brest"')
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "approval")
    await card.get_by_role("button", name="Reject").focus()
    await page.keyboard.press("a")

    await expect(page.get_by_text("You're all caught up")).to_be_visible()
    run = await played.until(run_id, "completed", "failed")
    assert run["output"] == {"value": {"subject": "Tides of Brest", "to": "readers"}}, run["error"]
    await page.get_by_role("button", name="Decided").click()
    await expect(card.get_by_role("list", name="Changes")).to_contain_text('"Tides of Brest"')


async def test_decision_that_others_must_join_is_shown_with_who_made_it(olga: Reader, played: Scene) -> None:
    await _started(played, quorum=2)
    page = await olga.open("/approvals")
    card = page.get_by_role("region", name="Approval of Send the mail")
    await expect(card).to_contain_text("2 people")

    await card.get_by_role("button", name="Approve").click()

    await expect(page.get_by_text("You're all caught up")).to_be_visible()
    await page.get_by_role("button", name="All waiting").click()
    await expect(card.get_by_role("list", name="Decisions")).to_contain_text(f"Olga {played.cast.marker} approved")


@looks_of_visitor
async def test_link_opens_a_page_that_asks_and_then_decides(visitor: Reader, played: Scene, axe: str) -> None:
    cast = played.cast
    run_id = await _started(played, assignees=[cast.adam.email])
    (approval,) = (await cast.adam.http.get("/approvals?view=mine")).json["items"]
    async with played.process.database.system_context([cast.acme]) as ctx:
        url = service.link_of(ctx.resources, cast.acme, approval["id"], cast.adam.user_id, ctx.now)

    page = await visitor.open(f"/decide#{url.partition('#')[2]}")
    await expect(page.get_by_text("Send it to 40 readers?")).to_be_visible()
    await expect(page.get_by_text("The tides of Brest")).to_be_visible()
    assert (await played.run(run_id))["status"] == "waiting"
    assert await visitor.barriers(axe) == []
    await keep_picture(visitor, "link")
    await page.get_by_label("Comment (optional)").fill("Fine.")
    await page.get_by_role("button", name="Approve").click()

    await expect(page.get_by_text("Decided: approved.")).to_be_visible()
    assert (await played.until(run_id, "completed"))["output"]["value"]["subject"] == "Tides"
