"""Questions of workflows in the console, and the items of a map in the page of the run."""

from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_FORM = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": 1, "title": "Amount"},
        "why": {"type": "string", "title": "Reason"},
    },
    "required": ["amount"],
}


async def _started(played: Scene) -> str:
    nodes: list[Any] = [
        {"id": "ask", "name": "Budget", "type": "question", "ask": "How much may it cost?", "form": _FORM, "expires": "P1D"},
        {
            "id": "each",
            "name": "Each offer",
            "type": "map",
            "over": "['a', 'b', 'c']",
            "body": {"nodes": [{"id": "look", "name": "Look", "type": "code", "code": "item * state['n']"}]},
            "output": {"found": "result"},
        },
    ]
    edges = [("START", "ask"), ("ask", "each"), ("each", "END")]
    nodes[0]["output"] = {"n": "result['amount']"}
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Offers",
        "state": {"n": {}, "found": {"default": []}},
        "nodes": nodes,
        "edges": [{"from": one, "to": other} for one, other in edges],
    }
    http = played.cast.olga.http
    made = await http.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    run = await http.post(f"/workflows/{made.json['id']}/runs", json={"input": {}, "playground": True})
    assert run.status == 202, run.text
    await played.until(run.json["id"], "waiting")
    return str(run.json["id"])


@looks
async def test_question_is_answered_in_the_console_and_the_run_shows_the_items_of_its_map(
    reader: Reader, played: Scene, axe: str
) -> None:
    run_id = await _started(played)
    page = await reader.open("/approvals")
    card = page.get_by_role("region", name="Approval of Budget")
    await expect(card).to_contain_text("How much may it cost?")
    await expect(card).to_contain_text("expires")
    await card.get_by_label("Amount").fill("0")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "question")
    await card.get_by_role("button", name="Send answer").click()
    await expect(card.get_by_role("alert")).to_contain_text("does not fit the form")
    await card.get_by_label("Amount").fill("2")
    await card.get_by_role("button", name="Send answer").click()
    await expect(card).to_be_hidden()
    run = await played.until(run_id, "completed", "failed")
    assert run["error"] is None, run["error"]
    assert run["output"]["found"] == ["aa", "bb", "cc"]

    page = await reader.open(f"/runs/{run_id}")
    await expect(page.get_by_role("tab", name="Graph")).to_be_visible()
    steps = page.get_by_role("tab", name="Steps")
    if await steps.count():  # on a phone
        await steps.click()
    tree = page.get_by_role("tree")
    await expect(tree.get_by_role("treeitem", name="Each offer, Map")).to_be_visible()
    await expect(tree.get_by_role("treeitem", name="Look 3, Code")).to_be_visible()
    await keep_picture(reader, "items")
    assert await reader.barriers(axe) == []
    reader.expect_refusals(422)
