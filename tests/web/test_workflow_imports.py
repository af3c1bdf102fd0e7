"""A LangGraph graph becomes a workflow in the console; what could not be carried over is listed."""

import json

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_ENDS = [{"id": name, "type": "schema", "data": name} for name in ("__start__", "__end__")]
_NODE = {"id": "call model", "type": "runnable", "data": {"id": ["langgraph"], "name": "call_model"}}
_EDGES = [{"source": "__start__", "target": "call model"}, {"source": "call model", "target": "__end__"}]


@looks
async def test_graph_is_imported_and_what_is_missing_is_listed(reader: Reader, played: Scene, axe: str) -> None:
    page = await reader.open("/workflows/new")

    await page.get_by_role("button", name="Import graph").click()
    dialog = page.get_by_role("dialog", name="Import a LangGraph graph")
    await dialog.get_by_label("Name").fill("Old graph")
    await dialog.get_by_label("JSON").fill("no graph")
    await dialog.get_by_role("button", name="Read graph").click()
    await expect(dialog.get_by_text("This is not a JSON object.")).to_be_visible()
    await dialog.get_by_label("JSON").fill(json.dumps({"nodes": [*_ENDS, _NODE], "edges": _EDGES}))
    assert await reader.barriers(axe) == []
    await dialog.get_by_role("button", name="Read graph").click()
    await expect(dialog.get_by_role("list", name="Not carried over")).to_contain_text("call_model: its function")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "import-graph")
    await dialog.get_by_role("button", name="Create workflow").click()

    await expect(page.get_by_role("heading", name="Old graph")).to_be_visible()
    (made,) = (await played.cast.olga.http.get("/workflows?q=Old graph")).json["items"]
    assert made["name"] == "Old graph"
