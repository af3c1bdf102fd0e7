"""What the format promises as a whole: every type of node keeps its form, and no fault hides another."""

import json
import time
from typing import Any, cast

import yaml

from retinue.engine.spec.workflow.fields import fields_at, in_order
from retinue.engine.spec.workflow.reading import read
from retinue.engine.spec.workflow.supported import findings as unsupported

_REFERENCE = {"name": "Any"}
_EVERY_TYPE: list[dict[str, Any]] = [
    {"id": "agent", "type": "agent", "agent": _REFERENCE, "input": {"prompt": "Go."}, "retry": {"max_attempts": 2}},
    {"id": "team", "type": "team", "team": _REFERENCE, "input": {"prompt": "Go."}, "timeout": "PT5M"},
    {"id": "tool", "type": "tool", "tool": _REFERENCE, "cache": {"ttl": "PT1H", "key": "input['id']"}},
    {"id": "http", "type": "http", "url": "https://example.com/{{ input['id'] }}", "on_error": {"value": None}},
    {"id": "model", "type": "model", "messages": [{"role": "user", "text": "Hi."}], "pinned": {"result": "Hello."}},
    {"id": "condition", "type": "condition"},
    {"id": "switch", "type": "switch", "on": "input['kind']"},
    {"id": "map", "type": "map", "over": "[1]", "body": {"nodes": [{"id": "in", "type": "code", "code": "item"}]}},
    {
        "id": "loop",
        "type": "loop",
        "until": "True",
        "max": 2,
        "body": {"nodes": [{"id": "in", "type": "code", "code": "1"}]},
    },
    {"id": "workflow", "type": "workflow", "workflow": _REFERENCE, "input": {"a": 1}},
    {"id": "transform", "type": "transform", "set": {"n": "1"}},
    {"id": "approval", "type": "approval", "reason": "Go on?", "expires": "P1D", "on_expiry": "approve"},
    {"id": "question", "type": "question", "ask": "How many?", "form": {"type": "object"}},
    {"id": "wait", "type": "wait_until", "after": "PT1M"},
    {"id": "event", "type": "wait_for_event", "event": "paid", "expires": "P1D"},
    {"id": "code", "type": "code", "code": "1 + 1"},
    {"id": "note", "type": "note", "text": "Look."},
]


def _document(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"format": "retinue.workflow/1", "name": "Desk", "state": {"n": {}}, "nodes": nodes, "edges": edges, **more}


def test_each_of_seventeen_types_is_valid_and_keeps_its_form_in_json_and_yaml() -> None:
    names = [each["id"] for each in _EVERY_TYPE if each["type"] != "note"]
    row: list[dict[str, Any]] = []
    for one, other in zip(["START", *names], [*names, "END"], strict=True):
        way = {"from": one, "to": other}
        row += [{**way, "else": True}] if one in {"condition", "switch"} else [way]
    document = _document(_EVERY_TYPE, row)

    found = [*read(document).findings, *unsupported(document)]

    assert len({each["type"] for each in _EVERY_TYPE}) == 17
    assert [each for each in found if each.severity == "error"] == []
    assert json.loads(json.dumps(document)) == yaml.safe_load(yaml.safe_dump(document)) == document
    stored = in_order(json.loads(json.dumps(document, sort_keys=True)))  # as a database keeps it
    assert stored == document
    assert [list(each) for each in cast("list[Any]", stored["nodes"])] == [
        list(each) for each in cast("list[Any]", in_order(document)["nodes"])
    ]


def test_unknown_field_of_each_type_is_refused_with_its_pointer() -> None:
    for index, node in enumerate(_EVERY_TYPE):
        document = _document([*_EVERY_TYPE[:index], {**node, "colour": "red"}, *_EVERY_TYPE[index + 1 :]], [])

        found = {(each.path, each.code) for each in read(document).findings}

        assert (f"/nodes/{index}/colour", "unknown_field") in found, node
        assert "colour" not in fields_at(document, ["nodes", index])


def test_twenty_faults_of_all_sorts_in_three_hundred_nodes_are_told_at_once_within_a_second() -> None:
    names = [f"n{index}" for index in range(300)]
    nodes: list[dict[str, Any]] = [{"id": name, "type": "transform", "set": {"n": "state['n'] + 1"}} for name in names]
    ends = zip(["START", *names], [*names, "END"], strict=True)
    edges: list[dict[str, Any]] = [{"from": one, "to": other} for one, other in ends]
    schema = [(10, {"joi": "x"}), (20, {"join": "some"}), (30, {"name": 7}), (40, {"disabled": "no"})]
    syntax = [(50, "state['n"), (60, "1 +"), (70, "(1")]
    names_ = [(80, "stat['n']"), (90, "result"), (100, "item"), (110, "state['m']")]
    unfit: list[tuple[int, dict[str, Any]]] = [
        (120, {"retry": {"max_attempts": 2}}),
        (130, {"cache": {"ttl": "PT1H"}}),
        (140, {"pinned": {"result": 1}}),
        (150, {"idle_timeout": "PT1S"}),
    ]
    for index, more in [*schema, *unfit]:
        nodes[index] |= more
    for index, text in [*syntax, *names_]:
        nodes[index]["set"] = {"n": text}
    nodes[160]["set"] = {"m": "1"}
    nodes[170]["on_error"] = {"goto": "nowhere"}
    nodes[180] = {"id": "n180", "type": "condition"}
    edges.append({"from": "n200", "to": "missing"})
    document = _document(nodes, edges, state={"n": {"default": 0}})
    began = time.process_time()

    found = [each for each in (*read(document).findings, *unsupported(document)) if each.severity == "error"]

    assert time.process_time() - began < 1
    planted = {*(10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180)}
    assert {int(each.path.split("/")[2]) for each in found if each.path.startswith("/nodes/")} == planted
    assert len(found) == 20, [(each.path, each.code) for each in found]
