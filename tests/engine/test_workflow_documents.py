"""The workflow's document: what is right is read, and of what is wrong everything is told at once."""

import copy
import json
import time
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from retinue.engine.spec.workflow.document import FORMAT, identity, json_schema
from retinue.engine.spec.workflow.fields import in_order
from retinue.engine.spec.workflow.formats import STEPS, current, number_of
from retinue.engine.spec.workflow.reading import read

NIGHTLY: dict[str, Any] = json.loads("""
{"format": "retinue.workflow/1", "name": "Nightly report",
 "input_schema": {"type": "object", "properties": {"topics": {"type": "array"}}, "required": ["topics"]},
 "state": {"findings": {"schema": {"type": "array"}, "reducer": "append", "default": []},
           "report": {"schema": {"type": "string"}}},
 "nodes": [
  {"id": "research", "type": "map", "over": "input['topics']", "concurrency": 8, "on_item_error": "collect",
   "body": {"nodes": [{"id": "look", "type": "agent", "agent": {"name": "Scout"},
                       "input": {"prompt": "News on {{ item }}"}, "timeout": "PT2M"}]},
   "output": {"findings": "result"}},
  {"id": "write", "type": "agent", "agent": {"name": "Writer"}, "join": "any",
   "input": {"prompt": "Report: {{ state['findings'] }}"}, "output": {"report": "result['text']"}},
  {"id": "check", "type": "condition"},
  {"id": "ok", "type": "approval", "reason": "Send to {{ len(state['findings']) }} readers?", "expires": "P2D"},
  {"id": "send", "type": "tool", "tool": {"name": "mail"}, "input": {"text": "{{ state['report'] }}"},
   "on_error": {"goto": "tell"}},
  {"id": "tell", "type": "tool", "tool": {"name": "notify"}},
  {"id": "why", "type": "note", "text": "Ask Mary before you change the topics."}],
 "edges": [{"from": "START", "to": "research"}, {"from": "research", "to": "write"}, {"from": "write", "to": "check"},
  {"from": "check", "to": "ok", "when": "len(state['report']) > 200"},
  {"from": "check", "to": "write", "else": true, "max_visits": 3},
  {"from": "ok", "to": "send", "when": "result['decision'] == 'approve'"}, {"from": "send", "to": "END"},
  {"from": "tell", "to": "END"}],
 "output": {"report": "state['report']"}}
""")


def _changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Give the document with values put at these paths (``nodes.1.joi``)."""
    made = copy.deepcopy(NIGHTLY)
    for path, value in changes:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = made
        for part in way:
            place = place[part]
        if isinstance(last, int) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return made


def test_a_sound_document_has_no_findings() -> None:
    found = read(NIGHTLY)

    assert found.findings == ()
    assert found.is_valid
    assert found.workflow is not None
    assert [each.type for each in found.workflow.nodes][:2] == ["map", "agent"]


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        ("nodes.1.joi", "all", "/nodes/1/joi", "unknown_field"),
        ("nodes.2.type", "condition_", "/nodes/2/type", "unknown_node_type"),
        ("nodes.0.body.nodes.0.timeout", "2m", "/nodes/0/body/nodes/0/timeout", "invalid_value"),
        ("nodes.0.concurrency", 0, "/nodes/0/concurrency", "invalid_value"),
        (
            "nodes.1.agent",
            {"name": "Writer", "id": "0192f0c1-0000-7000-8000-000000000000"},
            "/nodes/1/agent",
            "invalid_value",
        ),
        ("nodes.6.id", "END", "/nodes/6/id", "invalid_value"),
        ("nodes.6.id", "send", "/nodes/6/id", "duplicate_id"),
        ("edges.1.to", "write_", "/edges/1/to", "unknown_node"),
        ("edges.6.to", "START", "/edges/6/to", "wrong_end"),
        ("nodes.4.on_error", {"goto": "tel"}, "/nodes/4/on_error/goto", "unknown_node"),
        ("edges.4", {"from": "check", "to": "write", "when": "True", "max_visits": 3}, "/nodes/2", "missing_else"),
        ("edges.3.case", "long", "/edges/3/case", "wrong_condition"),
        ("edges.4.max_visits", None, "/edges/4", "unbounded_cycle"),
        ("nodes.1.join", "all", "/nodes/1", "join_any_needed"),
        ("nodes.7", {"id": "left", "type": "transform", "set": {"report": "'x'"}}, "/nodes/7", "unreachable"),
        ("edges.8", {"from": "research", "to": "aside"}, "/edges/8/to", "unknown_node"),
        ("edges.3.when", "len(state['report_']) > 200", "/edges/3/when", "unknown_state_key"),
        ("edges.3.when", "len(report) > 200", "/edges/3/when", "unknown_name"),
        ("edges.3.when", "len(state['report'] > 200", "/edges/3/when", "not_an_expression"),
        ("nodes.3.reason", "Send {{ item }}?", "/nodes/3/reason", "unknown_name"),
        ("nodes.1.output", {"reports_": "result"}, "/nodes/1/output/reports_", "unknown_state_key"),
        ("output.report", "result", "/output/report", "unknown_name"),
        ("input_schema", {"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, "/input_schema", "invalid_schema"),
    ],
)
def test_a_mistake_gives_one_finding_at_its_place(path: str, value: Any, pointer: str, code: str) -> None:
    found = read(_changed((path, value)))

    assert [(each.path, each.code) for each in found.findings if each.severity == "error"] == [(pointer, code)]
    assert not found.is_valid


def test_twelve_mistakes_are_told_at_once() -> None:
    found = read(
        _changed(
            ("nodes.1.joi", "x"),
            ("nodes.0.body.nodes.0.timeout", "2m"),
            ("nodes.0.concurrency", 1000),
            ("nodes.4.on_error", {"goto": "tel"}),
            ("edges.1.to", "write_"),
            ("edges.3.when", "len(report_) > 1"),
            ("edges.5.when", "result['decision'"),
            ("nodes.3.reason", "{{ state['finding'] }}"),
            ("nodes.1.output", {"reports_": "result"}),
            ("output.report", "state['x']"),
            ("input_schema", {"type": "string"}),
            ("edges.6.label", 7),
        )
    )

    assert len([each for each in found.findings if each.severity == "error"]) == 12, found.findings
    assert {each.line for each in found.findings if each.code in {"unknown_name", "not_an_expression"}} == {1}


def test_a_finding_suggests_the_name_that_was_meant() -> None:
    (found,) = read(_changed(("edges.3.when", "len(state['report_']) > 200"))).findings

    assert (found.suggestion, found.line, found.column, found.node) == ("Did you mean report?", 1, 5, "check")


def test_nodes_that_may_write_a_key_at_the_same_time_are_found() -> None:
    two: dict[str, Any] = {
        "format": "retinue.workflow/1",
        "name": "Two",
        "state": {"text": {}, "log": {"reducer": "append", "default": []}},
        "nodes": [
            {"id": name, "type": "transform", "set": {"text": "'x'", "log": "['x']"}}
            for name in ("first", "second", "third")
        ],
        "edges": [
            {"from": "START", "to": "first"},
            {"from": "START", "to": "second"},
            {"from": "first", "to": "third"},
            {"from": "second", "to": "third"},
            {"from": "third", "to": "END"},
        ],
    }

    found = read(two).findings

    assert [(each.code, each.path) for each in found] == [("parallel_writers", "/nodes/1")]


def test_branches_of_which_one_is_taken_may_write_the_same_key() -> None:
    either: dict[str, Any] = {
        "format": "retinue.workflow/1",
        "name": "Either",
        "state": {"text": {}},
        "nodes": [
            {"id": "which", "type": "switch", "on": "input['kind']"},
            {"id": "first", "type": "transform", "set": {"text": "'a'"}},
            {"id": "second", "type": "transform", "set": {"text": "'b'"}},
        ],
        "edges": [
            {"from": "START", "to": "which"},
            {"from": "which", "to": "first", "case": "a"},
            {"from": "which", "to": "second", "else": True},
            {"from": "first", "to": "END"},
            {"from": "second", "to": "END"},
        ],
    }

    assert read(either).findings == ()


def test_an_older_or_newer_format_is_refused_with_a_sentence() -> None:
    (newer,) = read(NIGHTLY | {"format": "retinue.workflow/9"}).findings
    (none,) = read({"nodes": []}).findings

    assert (newer.code, none.code) == ("newer_format", "unknown_format")
    assert "retinue.workflow/9" in newer.message
    assert "Upgrade" in (newer.suggestion or "")


def test_where_boxes_stand_and_what_notes_say_is_no_part_of_the_identity() -> None:
    moved = _changed(("nodes.1.position", {"x": 4, "y": 2}), ("nodes.6.text", "Other."))
    changed = _changed(("nodes.1.timeout", "PT1M"))

    assert identity(moved) == identity(NIGHTLY)
    assert identity(changed) != identity(NIGHTLY)


def test_the_published_schema_takes_the_document_and_refuses_an_unknown_field() -> None:
    schema: Any = json_schema()
    Draft202012Validator.check_schema(schema)
    validator: Any = Draft202012Validator(schema)

    assert list(validator.iter_errors(NIGHTLY)) == []
    assert list(validator.iter_errors(_changed(("nodes.1.joi", "x")))) != []


def test_a_document_of_three_hundred_nodes_is_checked_within_a_second_of_processor_time() -> None:
    names = [f"n{index}" for index in range(300)]
    row = [{"id": name, "type": "transform", "set": {"total": "state['total'] + 1"}} for name in names]
    edges = [{"from": one, "to": other} for one, other in zip(["START", *names], [*names, "END"], strict=True)]
    large: dict[str, Any] = {
        "format": "retinue.workflow/1",
        "name": "Large",
        "state": {"total": {"default": 0}},
        "nodes": row,
        "edges": edges,
    }
    began = time.process_time()

    found = read(large)

    assert found.findings == ()
    assert time.process_time() - began < 1


def _round(*, leaves_from: str) -> dict[str, Any]:
    """Write a circle work → check, with a node behind it that another way leads to as well."""
    nodes = [
        {"id": "open", "type": "transform", "set": {"n": "0"}},
        {"id": "work", "type": "transform", "set": {"n": "state['n'] + 1"}, "join": "any"},
        {"id": "check", "type": "condition"},
        {"id": "after", "type": "note", "text": "-"},
        {"id": "last", "type": "transform", "set": {"done": "True"}},
    ]
    edges = [
        {"from": "START", "to": "open"},
        {"from": "open", "to": "work"},
        {"from": "open", "to": "last"},
        {"from": "work", "to": "check"},
        {"from": "check", "to": "work", "when": "state['n'] < 3", "max_visits": 5},
        {"from": "check", "to": "END" if leaves_from == "work" else "last", "else": True},
        *([{"from": "work", "to": "last"}] if leaves_from == "work" else []),
        {"from": "last", "to": "END"},
    ]
    state = {"n": {"reducer": "replace"}, "done": {}}
    return {"format": "retinue.workflow/1", "name": "Round", "state": state, "nodes": nodes, "edges": edges}


def test_a_way_that_leaves_a_circle_before_its_end_towards_a_join_is_found() -> None:
    found = read(_round(leaves_from="work")).findings

    assert [(each.path, each.code, each.node) for each in found] == [("/edges/6", "leaves_circle", "work")]
    assert read(_round(leaves_from="check")).findings == ()


def test_a_node_that_errors_lead_to_may_read_them_and_another_may_not() -> None:
    nodes = [
        {"id": "send", "type": "tool", "tool": {"name": "mail"}, "on_error": {"goto": "tell"}},
        {"id": "tell", "type": "transform", "set": {"why": "result['message']"}},
        {"id": "next", "type": "transform", "set": {"why": "result['message']"}},
    ]
    edges = [
        {"from": "START", "to": "send"},
        {"from": "send", "to": "next"},
        {"from": "next", "to": "END"},
        {"from": "tell", "to": "END"},
    ]
    document: Any = {"format": "retinue.workflow/1", "name": "Mail", "state": {"why": {}}, "nodes": nodes, "edges": edges}

    found = read(document).findings

    assert [(each.path, each.code) for each in found] == [("/nodes/2/set/why", "unknown_name")]


@pytest.mark.parametrize(("second", "codes"), [({"else": True}, []), ({"when": "False"}, ["parallel_writers"])])
def test_an_edge_that_is_else_excludes_the_others_and_two_conditions_do_not(second: Any, codes: list[str]) -> None:
    nodes = [
        {"id": "ask", "type": "approval", "reason": "Well?"},
        *({"id": name, "type": "transform", "set": {"word": f"'{name}'"}} for name in ("yes", "no")),
    ]
    edges = [
        {"from": "START", "to": "ask"},
        {"from": "ask", "to": "yes", "when": "result['decision'] == 'approve'"},
        {"from": "ask", "to": "no", **second},
        *({"from": name, "to": "END"} for name in ("yes", "no")),
    ]
    document: Any = {"format": "retinue.workflow/1", "name": "Ask", "state": {"word": {}}, "nodes": nodes, "edges": edges}

    assert [each.code for each in read(document).findings] == codes


def test_ways_that_meet_again_are_alternatives_still() -> None:
    nodes = [
        {"id": "desk", "type": "switch", "on": "state['word']"},
        {"id": "ask", "type": "approval", "reason": "Well?"},
        *({"id": name, "type": "transform", "set": {"word": f"'{name}'"}} for name in ("yes", "no")),
    ]
    edges: list[Any] = [
        {"from": "START", "to": "desk"},
        {"from": "desk", "to": "ask", "case": "money"},
        {"from": "desk", "to": "yes", "else": True},
        {"from": "ask", "to": "yes", "when": "result['decision'] == 'approve'"},
        {"from": "ask", "to": "no", "else": True},
        *({"from": name, "to": "END"} for name in ("yes", "no")),
    ]
    nodes[2]["join"] = "any"
    document: Any = {"format": "retinue.workflow/1", "name": "Ask", "state": {"word": {}}, "nodes": nodes, "edges": edges}

    assert [each.code for each in read(document).findings] == []

    edges[3] = {"from": "START", "to": "yes"}
    assert "parallel_writers" in [each.code for each in read(document).findings]


@pytest.mark.parametrize(
    ("path", "value", "message", "suggestion"),
    [
        ("nodes.1.agent", "Writer", "must be an object, not a string", 'Write {"name":"Writer"}.'),
        ("nodes.1.inputs", {}, "is not a known field", "Did you mean input?"),
        ("edges.0.zzz", 1, "is not a known field", "Known are case, else, from, label, max_visits, to, when."),
        ("outputs", {}, "is not a known field", "Did you mean output?"),
        ("name", 7, "must be a string, not a number", "Change it to a string."),
    ],
)
def test_a_finding_of_the_schema_says_what_to_write(path: str, value: Any, message: str, suggestion: str | None) -> None:
    (found,) = read(_changed((path, value))).findings

    assert (found.path, found.message, found.suggestion) == ("/" + path.replace(".", "/"), message, suggestion)


def test_fields_are_put_in_the_order_in_which_a_person_writes_them() -> None:
    mixed = _mixed(NIGHTLY)

    ordered: Any = in_order(mixed)

    assert ordered == NIGHTLY
    assert list(ordered)[:3] == ["format", "name", "input_schema"]
    research = ordered["nodes"][0]
    assert list(research)[:2] == ["id", "type"]
    assert list(research["body"]["nodes"][0])[:2] == ["id", "type"]
    assert list(ordered["edges"][0]) == ["from", "to"]


def _mixed(value: Any) -> Any:
    """Turn every object's fields round."""
    if isinstance(value, list):
        return [_mixed(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return {name: _mixed(each) for name, each in reversed(cast("dict[str, Any]", value).items())}


def test_former_format_is_taken_step_by_step_to_the_newest_and_a_newer_one_stays_as_it_is() -> None:
    def named(before: str, after: str) -> Any:
        def step(document: dict[str, Any]) -> dict[str, Any]:
            return {(after if key == before else key): value for key, value in document.items()}

        return step

    steps = {1: named("vertices", "points"), 2: named("points", "nodes")}
    old: Any = {"format": "retinue.workflow/1", "vertices": [1]}

    migrated = current(old, steps, "retinue.workflow/3")

    assert migrated == {"format": "retinue.workflow/3", "nodes": [1]}
    assert old == {"format": "retinue.workflow/1", "vertices": [1]}
    for kept in ("retinue.workflow/3", "retinue.workflow/4", "retinue.workflow/0", "other/1", None):
        document: Any = {"format": kept, "vertices": [1]}
        assert current(document, steps, "retinue.workflow/3") is document


def test_every_former_format_has_a_step_to_the_next() -> None:
    newest = number_of(FORMAT)

    assert sorted(STEPS) == list(range(1, newest or 0))
