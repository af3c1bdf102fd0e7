"""Graphs of LangGraph as workflows: drawn ones to fill in, and installed ones that run as one node."""

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import Cast
from tests.flows.test_templates_at_work import finished

_MODULE = '''
"""A graph that an operator wrote."""

import operator
from typing import Annotated, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from retinue.tools.functions import ToolError, tool


class Given(TypedDict, total=False):
    text: str
    messages: list[AnyMessage]


class State(Given, total=False):
    words: Annotated[list[str], operator.add]


def split(state: State) -> dict:
    if state["text"] == "broken":
        raise ToolError("The text is broken.")
    if state["text"] == "ask":
        interrupt("Go on?")
    return {"words": state["text"].split(), "messages": [AIMessage("Split.")]}


async def shout(state: State) -> dict:
    return {"words": [each.upper() for each in state["words"]]}


builder = StateGraph(State, input_schema=Given)
builder.add_node("split", split)
builder.add_node("shout", shout)
builder.add_edge(START, "split")
builder.add_edge("split", "shout")
builder.add_edge("shout", END)
words = tool(effect="read_only")(builder.compile(checkpointer=InMemorySaver()))
nothing = 1
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Install a package that offers graphs, as pip would."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "operator_graphs.py").write_text(_MODULE)
    metadata = folder / "operator_graphs-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: operator-graphs\nVersion: 1.0\n")
    entries = "op_words = operator_graphs:words\nop_plain = operator_graphs:builder\nop_nothing = operator_graphs:nothing\n"
    (metadata / "entry_points.txt").write_text(f"[retinue.graphs]\n{entries}")
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


async def _imported(cast: Cast, **body: Any) -> Any:
    response = await cast.anna.http.post("/workflows/import-graph", json={"name": "Words", **body})
    assert response.status == 200, response.text
    return response.json


async def _ran(cast: Cast, workflow_id: str, text: str) -> dict[str, Any]:
    started = await cast.anna.http.post(f"/workflows/{workflow_id}/runs", json={"input": {"text": text}})
    assert started.status == 202, started.text
    return await finished(cast.anna, started.json["id"])


@pytest.mark.usefixtures("installed", "worker")
async def test_installed_graph_runs_as_a_node_of_its_own(cast: Cast) -> None:
    definition = (await _imported(cast, function="op_words"))["definition"]
    again = (await _imported(cast, function="op_words"))["definition"]
    made = await cast.anna.http.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    await cast.anna.http.post(f"/workflows/{made.json['id']}/publish", json={})

    run, failed, asking = await asyncio.gather(*(_ran(cast, made.json["id"], text) for text in ("a b", "broken", "ask")))
    tools = (await cast.anna.http.get("/tools?q=op_words")).json["items"]
    (step,) = (await cast.anna.http.get(f"/runs/{run['id']}/steps")).json["items"]

    result = run["output"]["result"]
    assert (result["words"], result["messages"][0]["content"]) == (["a", "b", "A", "B"], "Split.")
    assert (step["node_id"], step["step_type"], step["status"]) == ("graph", "tool", "completed")
    assert [failed["status"], asking["status"]] == ["failed", "failed"]
    assert "The text is broken." in json.dumps(failed["error"])
    assert "Let a node of the workflow ask" in json.dumps(asking["error"])
    assert again == definition
    assert [(each["name"], each["effect"]) for each in tools] == [("op_words", "read_only")]
    assert definition["input_schema"]["properties"] == {"text": {"type": "string"}, "messages": {"type": "array"}}


@pytest.mark.usefixtures("installed")
async def test_installed_graphs_are_listed_and_what_is_none_is_refused(cast: Cast) -> None:
    listed = (await cast.vera.http.get("/tools/functions")).json
    found = {each["name"]: each for each in listed if each["name"].startswith("op_") and each["is_graph"]}

    bodies: list[dict[str, Any]] = [
        {"function": "op_nothing"},
        {"function": "op_unknown"},
        {},
        {"function": "op_words", "graph": {}},
    ]
    refused = [await cast.anna.http.post("/workflows/import-graph", json={"name": "Words", **body}) for body in bodies]
    unwritten = await cast.vera.http.post("/workflows/import-graph", json={"name": "Words", "function": "op_plain"})

    assert found["op_words"]["effect"] == "read_only"
    assert found["op_plain"]["effect"] == "dangerous"
    assert "StateGraph" in found["op_nothing"]["error"]
    assert [each.status for each in refused] == [404, 404, 422, 422]
    assert "cannot be loaded: TypeError: it is not a StateGraph" in refused[0].text
    assert unwritten.status == 403, unwritten.text


async def test_drawn_graph_becomes_a_definition_and_nothing_is_saved(cast: Cast) -> None:
    ends = [{"id": name, "type": "schema", "data": name} for name in ("__start__", "__end__")]
    node = {"id": "call model", "type": "runnable", "data": {"id": ["langgraph"], "name": "call_model"}}
    edges = [{"source": "__start__", "target": "call model"}, {"source": "call model", "target": "__end__"}]

    imported = await _imported(cast, graph={"nodes": [*ends, node], "edges": edges})
    report = await cast.anna.http.post("/workflows/validate", json={"definition": imported["definition"]})
    unreadable = await cast.anna.http.post("/workflows/import-graph", json={"name": "Words", "graph": {"nodes": []}})

    assert report.json == {"is_valid": True, "findings": []}
    assert [each["path"] for each in imported["unmapped"]] == ["call_model"]
    assert (unreadable.status, unreadable.json["code"]) == (422, "graph_unreadable")
    assert (await cast.anna.http.get("/workflows")).json["items"] == []
