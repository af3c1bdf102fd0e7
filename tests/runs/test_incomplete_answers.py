"""Answers that are cut off, filtered, blocked, empty or broken: warnings, and the part that arrived."""

from typing import Any

import pytest

from tests.runs.scene import Scene

CODES = {"length": "answer_cut_off", "content_filter": "answer_filtered", "blocked": "answer_blocked"}


async def _steps(scene: Scene, run_id: str) -> list[Any]:
    return (await scene.cast.vera.http.get(f"/runs/{run_id}/steps")).json["items"]


async def _outcome(scene: Scene, outcome: str) -> set[str]:
    response = await scene.cast.vera.http.get(f"/runs?outcome={outcome}")
    assert response.status == 200, response.text
    return {run["id"] for run in response.json["items"]}


@pytest.mark.parametrize("reason", CODES)
async def test_incomplete_answer_is_a_warning_on_run_and_step(played: Scene, reason: str) -> None:
    run_id = await played.started(await played.agent({"text": "Half of", "finish_reason": reason}))

    run = await played.until(run_id)

    (step,) = await _steps(played, run_id)
    assert (run["warning_count"], run["output"]) == (1, {"text": "Half of"})
    assert [warning["code"] for warning in step["warnings"]] == [CODES[reason]]
    assert all(warning["message"] and warning["remedy"] for warning in step["warnings"])
    assert step["output"]["finish_reason"] == reason


async def test_empty_answer_is_a_warning(played: Scene) -> None:
    run_id = await played.started(await played.agent({"text": " \n"}))

    run = await played.until(run_id)

    (step,) = await _steps(played, run_id)
    assert run["warning_count"] == 1
    assert step["warnings"][0]["code"] == "answer_empty"


async def test_complete_answer_has_no_warning(played: Scene) -> None:
    run_id = await played.started(await played.agent("Hello."))

    run = await played.until(run_id)

    assert (run["warning_count"], (await _steps(played, run_id))[0]["warnings"]) == (0, [])


async def test_warnings_of_all_steps_are_counted(played: Scene) -> None:
    played.tools["look"] = lambda _arguments: "found"
    call = {"tool_calls": [{"name": "look"}], "text": "Looking"}
    agent = await played.agent(call, {"text": "Half", "finish_reason": "length"}, tools=("look",))
    run_id = await played.started(agent)

    run = await played.until(run_id)

    assert run["warning_count"] == 1
    assert [len(step["warnings"]) for step in await _steps(played, run_id)] == [0, 0, 1]


async def test_runs_are_filtered_by_outcome(played: Scene) -> None:
    ends: dict[str, Any] = {
        "success": {"text": "Whole."},
        "warning": {"text": "Half", "finish_reason": "length"},
        "error": {"error": "Refused."},
    }
    made = {name: await played.started(await played.agent(turn, name=name)) for name, turn in ends.items()}
    for run_id in made.values():
        await played.until(run_id)

    for outcome, run_id in made.items():
        found = await _outcome(played, outcome)
        assert run_id in found
        assert not found & {other for name, other in made.items() if name != outcome}
    assert (await played.cast.vera.http.get("/runs?outcome=fine")).status == 422


async def test_failed_answer_keeps_the_part_that_arrived(played: Scene) -> None:
    turn = {"text": "The first half", "reasoning": "Hm.", "error": "The provider broke off.", "error_kind": "unavailable"}
    run_id = await played.started(await played.agent(turn))

    run = await played.until(run_id, "failed")

    (step,) = await _steps(played, run_id)
    expected = {"text": "The first half", "reasoning": "Hm.", "is_partial": True, "finish_reason": "error"}
    assert step["output"] == expected
    assert (step["status"], step["error_message"]) == ("failed", "The provider broke off.")
    assert run["error"]["message"] == "The provider broke off."
    assert step["usage"]["is_estimated"] is True
    assert step["usage"]["output_tokens"] > 0
    assert run["resource_usage"]["output_tokens"] == step["usage"]["output_tokens"]


async def test_failure_before_the_first_text_has_no_partial_answer(played: Scene) -> None:
    run_id = await played.started(await played.agent({"error": "Refused."}))

    await played.until(run_id, "failed")

    (step,) = await _steps(played, run_id)
    assert (step["output"], step["usage"]) == (None, None)


async def test_warnings_before_a_pause_are_counted_after_it(played: Scene) -> None:
    played.tools["send"] = lambda _arguments: "sent"
    turns = [
        {"tool_calls": [{"name": "send"}], "finish_reason": "length"},
        {"text": "", "finish_reason": "stop"},
    ]
    run_id = await played.started(await played.agent(*turns, tools=("send:approval",)))
    await played.until(run_id, "waiting")
    approvals = (await played.cast.anna.http.get(f"/runs/{run_id}/approvals")).json["items"]
    await played.cast.anna.http.post(f"/approvals/{approvals[0]['id']}/decide", json={"decision": "approve"})

    run = await played.until(run_id)

    assert run["warning_count"] == sum(len(step["warnings"]) for step in await _steps(played, run_id)) == 2


async def test_calls_with_the_same_id_get_ids_of_their_own(played: Scene) -> None:
    played.tools["look"] = lambda _arguments: "found"
    calls = {"tool_calls": [{"name": "look", "id": "x"}, {"name": "look", "id": "x"}]}
    agent = await played.agent(calls, {"tool_calls": [{"name": "look", "id": "x"}]}, "Done.", tools=("look",))
    run_id = await played.started(agent)

    await played.until(run_id)

    steps = [step for step in await _steps(played, run_id) if step["step_type"] == "llm_call"]
    asked: list[str] = [call["id"] for step in steps for call in step["output"].get("tool_calls", ())]
    assert len(asked) == len(set(asked)) == 3


def _nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = {"next": value}
    return value


async def test_arguments_nested_too_deeply_are_refused_to_the_model(played: Scene) -> None:
    calls = {"tool_calls": [{"name": "look", "arguments": _nested(150)}]}
    run_id = await played.started(await played.agent(calls, "Done.", tools=("look",)))

    await played.until(run_id)

    tool = (await _steps(played, run_id))[1]
    assert (tool["status"], tool["step_type"]) == ("failed", "tool")
    assert "nested more than 100 levels deep" in tool["output"]


async def test_result_nested_too_deeply_is_carried_as_text(played: Scene) -> None:
    played.tools["look"] = lambda _arguments: _nested(300)
    calls = {"tool_calls": [{"name": "look"}]}
    run_id = await played.started(await played.agent(calls, "Done.", tools=("look",)))

    run = await played.until(run_id)

    tool = (await _steps(played, run_id))[1]
    assert (run["status"], tool["status"]) == ("completed", "completed")
    assert tool["output"].count("next") == 300
