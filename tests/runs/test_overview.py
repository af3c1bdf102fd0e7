"""The overview of a run: where it comes from, who did what to it, what it cost with its descendants; ids and previews."""

from typing import Any

import pytest

from retinue.core.json import dumps
from tests.cast import Cast, Person
from tests.client import Client
from tests.runs.scene import Scene

_CALL: dict[str, Any] = {"tool_calls": [{"name": "send"}]}


async def _overview(http: Client, run: str) -> Any:
    response = await http.get(f"/runs/{run}/overview")
    assert response.status == 200, response.text
    return response.json


def _name(person: Person, cast: Cast) -> str:
    return f"{person.name.title()} {cast.marker}"


def _who(overview: Any) -> list[tuple[str, str | None]]:
    return [(each["type"], each["actor"]["name"] if each["actor"] else None) for each in overview["timeline"]]


async def test_timeline_names_who_started_approved_and_resumed_a_run(played: Scene) -> None:
    played.tools["send"] = lambda _arguments: "sent"
    run = await played.started(await played.agent(_CALL, {"error": "overloaded"}, tools=("send:approval",)))
    await played.until(run, "waiting")
    (approval,) = (await played.cast.anna.http.get(f"/runs/{run}/approvals")).json["items"]
    body = {"decision": "approve", "comment": "Fine."}
    await played.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json=body)
    await played.until(run, "failed")
    script: dict[str, Any] = {"script": {"turns": [_CALL, {"text": "Recovered."}]}}
    statement = "UPDATE runs r SET plan = jsonb_set(control.plan_of(r), '{model,parameters}', %s::jsonb) WHERE id = %s"
    await played.owner(statement, dumps(script).decode(), run)
    await played.cast.olga.http.post(f"/runs/{run}/resume")
    await played.until(run, "completed")

    overview = await _overview(played.cast.vera.http, run)

    cast = played.cast
    assert _who(overview) == [
        ("created", _name(cast.anna, cast)),
        ("started", None),
        ("approval_requested", None),
        ("waiting", None),
        ("approval_decided", _name(cast.adam, cast)),
        ("continued", None),
        ("failed", None),
        ("resumed", _name(cast.olga, cast)),
        ("continued", None),
        ("completed", None),
    ]
    decided = overview["timeline"][4]
    assert decided["details"] == {
        "tool_name": "send",
        "status": "approved",
        "decision": "approve",
        "comment": "Fine.",
        "kind": "tool_call",
    }
    assert decided["actor"]["id"] == str(cast.adam.user_id)


async def test_timeline_names_who_cancelled_a_run_and_its_descendants(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    parent, child = await scene.started(agent), await scene.started(agent)
    await scene.owner("UPDATE runs SET parent_run_id = %s WHERE id = %s", parent, child)

    await scene.cast.adam.http.post(f"/runs/{parent}/cancel")

    adam = _name(scene.cast.adam, scene.cast)
    for run in (parent, child):
        assert _who(await _overview(scene.cast.vera.http, run))[-1] == ("cancelled", adam)


async def test_api_key_is_named_as_who_started_a_run(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    made = await scene.cast.olga.http.post("/api-keys", json={"name": "Robot", "scopes": ["runs:read", "runs:write"]})
    headers = {"Authorization": f"Bearer {made.json['key']}"}
    body = {"target_id": agent, "input": {"prompt": "Go."}}
    run = (await scene.cast.nobody.post("/runs", json=body, headers=headers)).json["id"]

    created = (await _overview(scene.cast.vera.http, run))["timeline"][0]

    assert (created["actor"]["kind"], created["actor"]["name"]) == ("api_key", "Robot")
    assert created["details"] == {"trigger": "api"}


async def test_overview_names_origins_and_what_came_of_a_run(played: Scene) -> None:
    agent = await played.agent("Done.")
    run = await played.started(agent)
    await played.until(run)
    http = played.cast.anna.http
    (step,) = (await http.get(f"/runs/{run}/steps")).json["items"]
    retry = (await http.post(f"/runs/{run}/retry")).json["id"]
    fork = (await http.post(f"/runs/{run}/fork", json={"step_id": step["id"]})).json["id"]
    child = await played.started(agent)
    await played.owner("UPDATE runs SET parent_run_id = %s WHERE id = %s", run, child)

    overview = await _overview(http, run)

    assert {name: [each["id"] for each in overview[name]] for name in ("children", "forks", "retries")} == {
        "children": [child],
        "forks": [fork],
        "retries": [retry],
    }
    assert overview["children"][0]["short_id"] == child[:13] == (await played.run(child))["short_id"]
    assert (await _overview(http, retry))["retried_from"]["id"] == run
    assert (await _overview(http, fork))["forked_from"]["id"] == run
    assert (await _overview(http, child))["parent"]["id"] == run


@pytest.mark.parametrize(
    ("usages", "total"),
    [
        ([("known", "0.1", False), ("known", "0.02", True)], ("0.12", "known", True)),
        ([("known", "0.1", False), ("unknown", None, False)], ("0.1", "partial", False)),
        ([("none", None, False), ("unknown", None, False)], (None, "unknown", False)),
        ([("none", None, False), ("none", None, False)], (None, "none", False)),
    ],
)
async def test_cost_of_a_run_is_summed_over_its_descendants(
    scene: Scene, usages: list[tuple[str, str | None, bool]], total: tuple[str | None, str, bool]
) -> None:
    agent, parent = await scene.agent("Done."), None
    runs = list[str]()
    for state, cost, is_estimated in usages:
        run = await scene.started(agent)
        usage = dumps({"cost_state": state, "cost_usd": cost, "is_estimated": is_estimated, "model_calls": 1}).decode()
        statement = "UPDATE runs SET parent_run_id = %s, resource_usage = %s, status = 'completed' WHERE id = %s"
        await scene.owner(statement, parent, usage, run)
        runs.append(run)
        parent = run

    found = (await _overview(scene.cast.vera.http, runs[0]))["total_cost"]

    assert (found["cost_usd"], found["cost_state"], found["is_estimated"], found["run_count"]) == (*total, 2)


async def test_overview_of_another_organization_is_missing(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))

    assert (await scene.cast.otto.http.get(f"/runs/{run}/overview")).status == 404


async def test_runs_are_found_by_the_beginning_of_their_id(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    http = scene.cast.vera.http

    found = [(await http.get(f"/runs?id_prefix={run[:length]}")).json["items"] for length in (8, 13, 20, 36)]
    foreign = (await scene.cast.otto.http.get(f"/runs?id_prefix={run}")).json["items"]
    refused = [(await http.get(f"/runs?id_prefix={prefix}")).status for prefix in (run[:7], "0" * 13, "-" * 9)]

    assert all(run in [each["id"] for each in items] for items in found)
    assert [each["id"] for each in found[-1]] == [run]
    assert foreign == []
    assert refused == [422, 422, 422]


@pytest.mark.parametrize(
    ("prompt", "preview"),
    [
        ("Say  it\nnow.", "Say it now."),
        ([{"type": "text", "text": "Look"}, {"type": "image", "media_type": "image/png", "data": "AAAA"}], "[1 file] Look"),
        (
            [
                {"type": "text", "text": "Compare"},
                {"type": "text", "text": "File a.txt:\nlong"},
                {"type": "text", "text": "File b.txt:\nlonger"},
            ],
            "[2 files] Compare",
        ),
        ([{"type": "image", "media_type": "image/png", "data": "AAAA"}], "[1 file]"),
        ("word " * 100, "word " * 39 + "word…"),
    ],
)
async def test_preview_of_an_input_counts_its_files(scene: Scene, prompt: Any, preview: str) -> None:
    run = await scene.started(await scene.agent("Done."), prompt)

    assert (await scene.run(run))["input_preview"] == preview
