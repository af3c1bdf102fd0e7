"""No barriers on the pages of workflows: axe finds none, by daylight and in the dark, on a wall and on a phone."""

from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows, adds, edge, numbers


async def _a_desk(played: Scene) -> str:
    agent = await played.agent("A draft.", name="Scout")
    nodes: list[Any] = [
        {"id": "look", "type": "agent", "name": "Look things up", "agent": {"id": agent}},
        {"id": "check", "type": "condition", "name": "Is it enough?", "join": "any"},
        adds("again", count="state['count'] + 1"),
        {"id": "ask", "type": "approval", "reason": "Send it?"},
        adds("send", count="state['count']"),
        adds("tell", count="0"),
        {"id": "hint", "type": "note", "text": "Ask Vera before this is changed."},
    ]
    nodes[0] |= {"input": {"prompt": "Look at {{ input }}"}, "on_error": {"goto": "tell"}}
    edges: list[Any] = [
        ("START", "look"),
        ("look", "check"),
        edge("check", "ask", when="state['count'] >= 1"),
        edge("check", "again", **{"else": True}),
        edge("again", "check", max_visits=2),
        edge("ask", "send", when="result['decision'] == 'approve'"),
        edge("ask", "END", **{"else": True}),
        ("send", "END"),
        ("tell", "END"),
    ]
    return await Workflows(played).made(nodes, edges, state=numbers(count=0), description="Looks twice, then asks.")


@looks
async def test_editor_and_run_of_a_workflow_have_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    workflow_id = await _a_desk(played)
    run_id = await Workflows(played).started(workflow_id)
    page = await reader.open("/workflows/new")
    await expect(page.get_by_label("Graph of 1 node")).to_be_visible()
    await keep_picture(reader, "workflows-new")
    assert await reader.barriers(axe) == []

    await reader.open(f"/workflows/{workflow_id}")
    await expect(page.get_by_label("Graph of 6 nodes")).to_be_visible()
    await expect(page.locator(".react-flow__node").first).to_be_visible()
    await keep_picture(reader, "workflows-canvas")
    assert await reader.barriers(axe) == []

    await page.locator('.react-flow__node[data-id="look"]').click()
    await expect(page.get_by_label("Prompt")).to_be_visible()
    await keep_picture(reader, "workflows-node")
    assert await reader.barriers(axe) == []

    await page.get_by_role("tab", name="Outline").click()
    await page.get_by_role("button", name="Edge from check to ask").click()
    await expect(page.get_by_label("When")).to_be_visible()
    await keep_picture(reader, "workflows-outline")
    assert await reader.barriers(axe) == []

    await page.get_by_role("tab", name="JSON").click()
    await page.get_by_label("Definition (JSON)").fill("{")
    await expect(page.get_by_text("The canvas shows the last definition")).to_be_visible()
    await keep_picture(reader, "workflows-json")
    assert await reader.barriers(axe) == []

    await reader.open(f"/runs/{run_id}")
    await expect(page.get_by_role("group", name="ask, Approval, waiting")).to_be_visible()
    await keep_picture(reader, "workflows-run")
    assert await reader.barriers(axe) == []
