"""What is known of a workflow without running it: its cost at most, and how two versions differ."""

from itertools import pairwise
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.workflows.conftest import Workflows, adds, edge, numbers


async def _priced(workflows: Workflows, **prices: Any) -> str:
    """Make a provider whose model has these prices; return its id."""
    http = workflows.scene.cast.adam.http
    body: Any = {
        "name": "Priced",
        "kind": "openai_compatible",
        "base_url": "https://models.example.com/v1",
        "models": ["big"],
    }
    body |= {"save_untested": True, "model_overrides": {"big": prices} if prices else {}}
    made = await http.post("/model-providers", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


def _model(provider: str, name: str, **more: Any) -> Any:
    return {
        "id": name,
        "type": "model",
        "model": {"provider_id": provider, "name": "big"},
        "parameters": {"max_output_tokens": 1_000},
        "messages": [{"role": "user", "text": "Go."}],
        **more,
    }


_PRICE = {"input_usd_per_mtok": 2, "output_usd_per_mtok": 10, "context_window": 100_000}
_CALL = 0.2 + 0.01


async def test_cost_preview_multiplies_prices_with_the_bounds_of_maps_loops_circles_and_attempts(
    workflows: Workflows,
) -> None:
    provider = await _priced(workflows, **_PRICE)
    in_map, in_loop = _model(provider, "item"), _model(provider, "round")
    nodes = [
        _model(provider, "once"),
        _model(provider, "tries", retry={"max_attempts": 4}),
        _model(provider, "shaped", output_schema={"type": "object"}),
        {"id": "all", "type": "map", "over": "input['x']", "max_items": 50, "body": {"nodes": [in_map]}},
        {"id": "again", "type": "loop", "until": "True", "max": 7, "body": {"nodes": [in_loop]}},
        _model(provider, "circle", join="any"),
        {"id": "more", "type": "condition"},
        adds("sum", n="1"),
    ]
    row = ["START", "once", "tries", "shaped", "all", "again", "circle", "more"]
    edges: list[Any] = [
        *pairwise(row),
        edge("more", "circle", when="False", max_visits=2),
        edge("more", "sum", **{"else": True}),
        ("sum", "END"),
    ]
    workflow = await workflows.made(nodes, edges, state=numbers(n=0), limits={"max_cost_usd": 5})

    preview = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/cost-preview")

    assert preview.status == 200, preview.text
    times = {"once": 1, "tries": 4, "shaped": 1, "all/item": 50, "again/round": 7, "circle": 3}
    assert {each["node_id"]: each["executions"] for each in preview.json["nodes"]} == times
    costs = {each["node_id"]: float(each["cost_usd"]) for each in preview.json["nodes"]}
    assert costs == pytest.approx({name: count * _CALL * (1 + (name == "shaped")) for name, count in times.items()})
    assert float(preview.json["cost_usd"]) == pytest.approx(sum(costs.values()))
    assert (preview.json["is_complete"], preview.json["limit_usd"], preview.json["version"]) == (True, "5", 1)


async def test_cost_preview_says_which_prices_are_not_known_and_leaves_them_out(workflows: Workflows) -> None:
    provider = await _priced(workflows)
    free = _model(
        str(SCRIPTED_ID), "free", model={"provider_id": str(SCRIPTED_ID)}, parameters={"script": {"turns": [{"text": "a"}]}}
    )
    workflow = await workflows.made([_model(provider, "dear"), free], [("START", "dear"), ("dear", "free"), ("free", "END")])

    answer = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/cost-preview")
    assert answer.status == 200, answer.text
    preview = answer.json

    assert (preview["cost_usd"], preview["is_complete"]) == ("0", False)
    found = {each["node_id"]: (each["cost_usd"], each["reason"]) for each in preview["nodes"]}
    assert found["dear"] == (None, "the price of big is not known")
    assert found["free"][0] == "0"


async def test_cost_preview_bounds_an_agent_by_its_steps_and_its_limit(workflows: Workflows) -> None:
    provider = await _priced(workflows, **_PRICE)
    config = {
        "model": {"provider_id": provider, "name": "big"},
        "parameters": {"max_output_tokens": 1_000},
        "limits": {"max_steps": 10},
    }
    for name, limits in (("Free", {"max_steps": 10}), ("Bound", {"max_steps": 10, "max_cost_usd": 0.5})):
        body = {"name": name, "status": "active", "config": {**config, "limits": limits}}
        made = await workflows.scene.cast.anna.http.post("/agents", json=body)
        assert made.status == 201, made.text
    nodes = [{"id": each.lower(), "type": "agent", "agent": {"name": each}} for each in ("Free", "Bound")]
    workflow = await workflows.made(nodes, [("START", "free"), ("free", "bound"), ("bound", "END")])

    answer = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/cost-preview")
    assert answer.status == 200, answer.text
    preview = answer.json

    costs = {each["node_id"]: float(each["cost_usd"]) for each in preview["nodes"]}
    assert costs == pytest.approx({"free": 10 * _CALL, "bound": 0.5 + _CALL})


async def _starting(workflows: Workflows, name: str, target: str, count: int) -> str:
    nodes = [{"id": f"n{each}", "type": "workflow", "workflow": {"id": target}, "input": {}} for each in range(count)]
    row = ["START", *(node["id"] for node in nodes), "END"]
    return await workflows.made(nodes, list(pairwise(row)), name=name)


async def test_nested_workflows_that_start_too_much_are_refused_before_their_plan_is_made(workflows: Workflows) -> None:
    leaf = await workflows.made([adds("one", n="1")], [("START", "one"), ("one", "END")], name="Leaf", state=numbers(n=0))
    many = await _starting(workflows, "Many", leaf, 35)
    most = await _starting(workflows, "Most", many, 27)
    beyond = await _starting(workflows, "Beyond", many, 28)

    allowed = await workflows.scene.cast.vera.http.get(f"/workflows/{most}/cost-preview")
    refused = await workflows.scene.cast.vera.http.get(f"/workflows/{beyond}/cost-preview")
    started = await workflows.start(beyond)

    assert (allowed.status, allowed.json["is_complete"], allowed.json["cost_usd"]) == (200, True, "0"), allowed.text
    assert (refused.status, started.status) == (422, 422)
    assert "more than 1000 agents, teams and workflows" in refused.text


async def test_diff_names_what_two_versions_mean_differently(workflows: Workflows) -> None:
    body = {"nodes": [adds("inner", n="1")]}
    loop = {"id": "again", "type": "loop", "until": "True", "max": 2, "body": body}
    nodes = [adds("one", n="1"), adds("two", n="2"), loop]
    edges = [("START", "one"), ("one", "two"), ("two", "again"), ("again", "END")]
    workflow = await workflows.made(nodes, edges, state=numbers(n=0))
    definition = (await workflows.read(workflow))["definition"]
    inner = {**loop, "max": 3, "body": {"nodes": [adds("inner", n="9")]}}
    changed = [{**adds("one", n="5"), "name": "First", "position": {"x": 9, "y": 9}}, inner, adds("three", n="3")]
    drawn = [
        {"from": "START", "to": "one"},
        {"from": "one", "to": "again", "label": "on"},
        {"from": "again", "to": "three"},
        {"from": "three", "to": "END"},
    ]
    state: Any = {**numbers(n=1), "more": {}}
    await workflows.changed(workflow, definition={**definition, "nodes": changed, "edges": drawn, "state": state})

    diff = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/versions/1/diff/2")

    assert diff.status == 200, diff.text
    assert [each["message"] for each in diff.json["changes"]] == [
        "State key n changed: default.",
        "State key more added.",
        "Node one changed: set, name.",
        "Node two (transform) removed.",
        "Node again changed: max.",
        "Node again/inner changed: set.",
        "Node three (transform) added.",
        "Edge one → two removed.",
        "Edge two → again removed.",
        "Edge again → END removed.",
        "Edge one → again added.",
        "Edge again → three added.",
        "Edge three → END added.",
    ]
    (one,) = [each for each in diff.json["changes"] if each["path"] == "one"]
    assert one["fields"][0] == {"field": "set", "before": {"n": "1"}, "after": {"n": "5"}}
    same = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/versions/2/diff/2")
    assert same.json["changes"] == []
    missing = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/versions/2/diff/9")
    assert missing.status == 404


async def test_moved_box_is_no_difference(workflows: Workflows) -> None:
    workflow = await workflows.made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    definition = (await workflows.read(workflow))["definition"]
    moved = [{**definition["nodes"][0], "position": {"x": 1, "y": 2}}]
    added = {**definition, "nodes": [*moved, {"id": "hint", "type": "note", "text": "Look."}], "description": "New."}
    await workflows.changed(workflow, definition=added)

    diff = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/versions/1/diff/2")

    assert [each["path"] for each in diff.json["changes"]] == ["description"]
