"""Nodes that are tried again, and nodes whose results are kept for later runs."""

from collections.abc import Callable
from typing import Any

import pytest

from retinue.engine.ports import ToolResult
from tests.workflows.conftest import Workflows, adds, edge, numbers

_ROW = [("START", "do"), ("do", "END")]
_SOON = {"initial_interval": "PT0.01S", "jitter": False}


class _Flaky:
    """A tool that fails so many times, and then answers."""

    def __init__(self, failures: int, failure: str = "server_error") -> None:
        self.calls = 0
        self._failures = failures
        self._failure = failure

    def __call__(self, arguments: Any) -> ToolResult:
        self.calls += 1
        if self.calls <= self._failures:
            return ToolResult(f"failure {self.calls}", is_error=True, failure=self._failure)
        return ToolResult({"n": self.calls, "text": arguments.get("text")})


async def _node(workflows: Workflows, tool: Callable[[Any], ToolResult], mark: str = "", **more: Any) -> Any:
    workflows.scene.tools["fetch"] = tool
    await workflows.scene.agent("-", tools=(f"fetch{mark}",))
    return {"id": "do", "type": "tool", "tool": {"name": "fetch"}, "output": {"n": "result"}, **more}


async def test_node_is_tried_again_until_it_succeeds_and_each_attempt_is_a_step(played: Workflows) -> None:
    tool = _Flaky(2)
    node = await _node(played, tool, retry={**_SOON, "max_attempts": 3})
    workflow = await played.made([node], _ROW, state=numbers(n=None))

    run = await played.run(workflow)

    assert (run["status"], run["output"]["n"]["n"], tool.calls) == ("completed", 3, 3), run["error"]
    steps = await played.steps(run["id"])
    told = [(each["node_id"], each["visit"], each["status"], each["error_message"]) for each in steps]
    assert told == [
        ("do", 1, "failed", "failure 1"),
        ("do", 1, "failed", "failure 2"),
        ("do", 1, "completed", None),
    ]


async def test_last_attempt_fails_the_node_and_a_resumed_run_has_all_attempts_again(played: Workflows) -> None:
    tool = _Flaky(3)
    node = await _node(played, tool, retry={**_SOON, "max_attempts": 2})
    workflow = await played.made([node], _ROW, state=numbers(n=None))
    run = await played.run(workflow)
    assert (run["status"], run["error_message"], tool.calls) == ("failed", "fetch: failure 2", 2)

    resumed = await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")

    assert resumed.status == 202, resumed.text
    run = await played.scene.until(run["id"], "completed")
    assert (run["status"], tool.calls) == ("completed", 4), run["error"]


@pytest.mark.parametrize(
    ("failure", "retry_on", "calls"),
    [
        ("timeout", ["timeout"], 2),
        ("network", ["timeout", "rate_limit"], 1),
        ("rate_limit", ["rate_limit"], 2),
        ("", ["timeout", "rate_limit", "network", "server_error"], 1),
        ("", ["any"], 2),
    ],
)
async def test_only_failures_that_retry_on_names_are_tried_again(
    played: Workflows, failure: str, retry_on: list[str], calls: int
) -> None:
    tool = _Flaky(1, failure)
    node = await _node(played, tool, retry={**_SOON, "retry_on": retry_on}, on_error="continue")
    workflow = await played.made([node], _ROW, state=numbers(n=None))

    run = await played.run(workflow)

    assert (run["status"], tool.calls) == ("completed", calls), run["error"]


async def test_long_wait_for_an_attempt_holds_no_worker_and_ends_at_its_time(played: Workflows) -> None:
    tool = _Flaky(1)
    retry = {"initial_interval": "PT1H", "max_interval": "PT2H", "jitter": False, "max_attempts": 2}
    node = await _node(played, tool, retry=retry)
    workflow = await played.made([node], _ROW, state=numbers(n=None))
    run_id = await played.started(workflow)
    waiting = await played.scene.until(run_id, "waiting", "failed", "completed")
    assert (waiting["status"], waiting["waiting_reason"], tool.calls) == ("waiting", "timer", 1), waiting["error"]

    # The hour passes: the step failed an hour ago, and the run is due.
    await played.scene.owner(
        "UPDATE run_steps SET completed_at = completed_at - interval '1 hour' WHERE run_id = %s AND status = 'failed'",
        run_id,
    )
    await played.scene.owner("UPDATE runs SET wake_at = tenant.now() WHERE id = %s", run_id)
    await played.scene.owner("SELECT dispatch.remind(%s, 0, tenant.now())", run_id)
    played.scene.process.bus.job_ready()

    run = await played.scene.until(run_id, "completed")
    assert (run["status"], tool.calls) == ("completed", 2), run["error"]
    assert [each["status"] for each in await played.steps(run_id)] == ["failed", "completed"]


async def test_run_that_a_node_starts_is_tried_again_as_another_run(played: Workflows) -> None:
    await played.scene.agent({"error": "unavailable"}, name="Scout")
    retry = {**_SOON, "max_attempts": 3, "retry_on": ["any"]}
    node = {"id": "do", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Go."}, "retry": retry}
    workflow = await played.made([node], _ROW)

    run = await played.run(workflow)

    children = await played.children(run["id"])
    assert (run["status"], [each["status"] for each in children]) == ("failed", ["failed"] * 3), run["error"]


async def test_tool_that_must_not_be_called_twice_is_not_tried_again(played: Workflows) -> None:
    node = await _node(played, _Flaky(1), ":dangerous", retry={"max_attempts": 2})
    made = await played.post([node], _ROW, state=numbers(n=None))

    refused = await played.start(made.json["id"], playground=True)

    assert (refused.status, refused.json["code"]) == (422, "workflow_invalid"), refused.text
    assert "must not be made twice" in refused.text


async def test_result_of_a_node_is_kept_for_the_same_input_and_costs_no_call(played: Workflows) -> None:
    tool = _Flaky(0)
    given = {"text": "{{ input['text'] }}"}
    node = await _node(played, tool, input=given, cache={"ttl": "PT1H"})
    workflow = await played.made([node], _ROW, state=numbers(n=None))

    runs = [await played.run(workflow, {"text": text}) for text in ("a", "a", "b", "a")]

    assert [run["output"]["n"]["text"] for run in runs] == ["a", "a", "b", "a"], runs[0]["error"]
    assert tool.calls == 2
    sources = [(await played.steps(run["id"]))[0]["source"] for run in runs]
    assert sources == ["executed", "cached", "executed", "cached"]


async def test_kept_result_is_replaced_when_its_time_is_up_or_the_node_has_changed(played: Workflows) -> None:
    tool = _Flaky(0)
    node = await _node(played, tool, input={"text": "a"}, cache={"ttl": "PT1H"})
    workflow = await played.made([node], _ROW, state=numbers(n=None))
    await played.run(workflow)
    await played.scene.owner("UPDATE node_results SET expires_at = tenant.now() - interval '1 second'")

    await played.run(workflow)
    assert tool.calls == 2
    definition = (await played.read(workflow))["definition"]
    definition["nodes"][0]["input"] = {"text": "other"}
    await played.changed(workflow, definition=definition)
    await played.run(workflow, playground=True)

    assert tool.calls == 3


async def test_key_of_a_cache_decides_what_is_the_same(played: Workflows) -> None:
    tool = _Flaky(0)
    cache = {"ttl": "PT1H", "key": "input['customer']"}
    node = await _node(played, tool, input={"text": "{{ input['text'] }}"}, cache=cache)
    workflow = await played.made([node], _ROW, state=numbers(n=None))

    runs = [await played.run(workflow, {"text": text, "customer": 1}) for text in ("a", "b")]

    assert ([run["output"]["n"]["text"] for run in runs], tool.calls) == (["a", "a"], 1), runs[0]["error"]


async def test_results_of_calls_with_effects_are_not_kept(played: Workflows) -> None:
    node = await _node(played, _Flaky(0), ":dangerous", cache={"ttl": "PT1H"})
    made = await played.post([node], _ROW, state=numbers(n=None))
    agent = {"id": "do", "type": "agent", "agent": {"name": "Scribe"}, "cache": {"ttl": "PT1H"}}
    by_agent = await played.post([agent], _ROW, name="Other")

    refused = [await played.start(each.json["id"], playground=True) for each in (made, by_agent)]

    assert [each.status for each in refused] == [422, 422], refused[0].text
    assert "has effects outside" in refused[0].text
    assert "may call fetch, which has effects outside" in refused[1].text


async def test_agents_answer_is_kept_until_the_agent_changes(played: Workflows) -> None:
    agent = await played.scene.agent("One.", name="Scout")
    node = {"id": "do", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Go."}, "cache": {"ttl": "PT1H"}}
    workflow = await played.made([node], _ROW)
    first, second = await played.run(workflow), await played.run(workflow)
    assert [len(await played.children(run["id"])) for run in (first, second)] == [1, 0]

    changed = await played.scene.cast.anna.http.patch(f"/agents/{agent}", json={"instructions": "Be brief."})
    assert changed.status == 200, changed.text
    third = await played.run(workflow)

    assert len(await played.children(third["id"])) == 1


def _kinds_without(field: str) -> list[Any]:
    nodes = [
        adds("do", n="1"),
        {"id": "do", "type": "condition"},
        {"id": "do", "type": "switch", "on": "1"},
        {"id": "do", "type": "wait_until", "after": "PT1S"},
        {"id": "do", "type": "approval", "reason": "?"},
        {"id": "do", "type": "map", "over": "[1]", "body": {"nodes": [adds("in", n="1")]}},
        {"id": "do", "type": "loop", "until": "True", "max": 2, "body": {"nodes": [adds("in", n="1")]}},
        {"id": "do", "type": "code", "code": "1"},
    ]
    return [*nodes[: -1 if field == "cache" else None]]


@pytest.mark.parametrize(
    ("field", "value"), [("retry", {"max_attempts": 2}), ("cache", {"ttl": "PT1H"}), ("idle_timeout", "PT1S")]
)
async def test_options_that_a_node_does_not_have_are_refused(workflows: Workflows, field: str, value: Any) -> None:
    for node in _kinds_without(field):
        definition = {
            "format": "retinue.workflow/1",
            "name": "Desk",
            "state": numbers(n=0),
            "nodes": [{**node, field: value}],
        }
        definition["edges"] = [edge("START", "do"), edge("do", "END")]

        report = await workflows.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})

        assert f"/nodes/0/{field}" in [each["path"] for each in report.json["findings"]], report.text
