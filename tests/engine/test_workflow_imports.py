"""Graphs of LangGraph as definitions: what is mapped is valid, and what is not is listed."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from retinue.engine.drawn import GraphUnreadableError, definition_of
from retinue.engine.spec.workflow.reading import read


class _State(TypedDict):
    text: str


def _same(state: _State) -> _State:
    return state


def _ended(state: _State) -> str:
    return "done" if state["text"] else "again"


def _graph() -> Any:
    builder = StateGraph(_State)
    for name in ("plan", "look up", "write", "2nd check"):
        builder.add_node(name, _same)
    builder.add_edge(START, "plan")
    builder.add_edge("plan", "look up")
    builder.add_edge("plan", "write")
    builder.add_edge(["look up", "write"], "2nd check")
    builder.add_conditional_edges("2nd check", _ended, {"again": "plan", "done": END})
    return builder.compile().get_graph().to_json()


def test_graph_becomes_a_valid_definition_with_its_joins_and_a_bound_on_its_circle() -> None:
    drawn = definition_of(_graph(), "Desk")

    report = read(drawn.definition)
    assert report.is_valid, report.findings
    document: Any = drawn.definition
    assert [(node["id"], node["name"]) for node in document["nodes"]] == [
        ("plan", "plan"),
        ("look_up", "look up"),
        ("write", "write"),
        ("n_2nd_check", "2nd check"),
    ]
    back = [edge for edge in document["edges"] if "max_visits" in edge]
    assert [(edge["from"], edge["to"], edge["max_visits"]) for edge in back] == [("n_2nd_check", "plan", 10)]
    assert {edge["to"] for edge in document["edges"] if edge["from"] == "n_2nd_check"} == {"plan", "END"}
    places = [place for place, _ in drawn.unmapped]
    assert places.count("n_2nd_check > plan") == 2
    assert {"plan", "look_up", "write", "n_2nd_check"} <= set(places)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"nodes": [{"id": "a"}], "edges": []},
        {"nodes": [{"id": "a"}, {"id": "a"}], "edges": [{"source": "a", "target": "a"}]},
        {"nodes": [{"id": "a"}], "edges": [{"source": "a", "target": "b"}]},
    ],
)
def test_document_that_is_no_graph_is_refused(document: Any) -> None:
    with pytest.raises(GraphUnreadableError):
        definition_of(document, "Desk")
