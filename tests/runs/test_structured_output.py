"""Agents with an output schema: the final answer is an object that fits it, corrected at most once, or the run fails."""

import asyncio
import json
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID, SCRIPTED_MODEL
from tests.runs.scene import Gate, Scene

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "inhabitants": {"type": "integer", "minimum": 1},
        "districts": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["city", "inhabitants"],
    "additionalProperties": False,
}
_ANSWER = '{"city": "Málaga", "inhabitants": 9007199254740993, "districts": ["Centro"]}'
_OBJECT = {"city": "Málaga", "inhabitants": 9007199254740993, "districts": ["Centro"]}


async def _agent(scene: Scene, *turns: Any, schema: Any = _SCHEMA, **fields: Any) -> str:
    return await scene.agent(*turns, config={"output_schema": schema}, **fields)


async def _steps(scene: Scene, run: str) -> list[Any]:
    return (await scene.cast.vera.http.get(f"/runs/{run}/steps")).json["items"]


@pytest.mark.parametrize("answer", [_ANSWER, f"\n```json\n{_ANSWER}\n```\n", f"```\n{_ANSWER}```"])
async def test_output_is_the_object_of_the_answer_with_exact_integers(played: Scene, answer: str) -> None:
    run = await played.started(await _agent(played, answer))

    ended = await played.until(run, "completed")

    assert ended["output"] == _OBJECT
    assert [step["output"]["text"] for step in await _steps(played, run)] == [answer]


async def test_the_largest_integers_are_exact(played: Scene) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "array", "items": {"type": "integer"}}}}
    numbers = [9223372036854775807, -9223372036854775807, 0]
    run = await played.started(await _agent(played, json.dumps({"n": numbers}), schema=schema))

    assert (await played.until(run, "completed"))["output"] == {"n": numbers}


async def test_an_answer_that_does_not_fit_is_corrected_once(played: Scene) -> None:
    run = await played.started(await _agent(played, '{"city": "Málaga", "inhabitants": 0}', _ANSWER))

    ended = await played.until(run, "completed")
    first, second = await _steps(played, run)
    asked = second["input"]["messages"][-1]["content"]
    logs = (await played.cast.vera.http.get(f"/runs/{run}/logs?level=warning")).json["items"]

    assert ended["output"] == _OBJECT
    assert first["status"] == second["status"] == "completed"
    assert "inhabitants: 0 is less than the minimum of 1" in asked
    assert '"additionalProperties":false' in asked
    assert any("does not fit the output schema" in line["message"] for line in logs)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("It is Málaga.", "is not JSON"),
        ("", "is not JSON: it is empty"),
        ("[1]", "is not a JSON object"),
        ('{"city": "Málaga"}', "'inhabitants' is a required property"),
        ('{"city": "Málaga", "inhabitants": 1, "mayor": "x"}', "'mayor' was unexpected"),
        ('{"city": "Málaga", "inhabitants": 9223372036854775808}', "inhabitants: 9223372036854775808 has more than 64 bits"),
        ('{"city": "Málaga", "inhabitants": NaN}', "NaN is not a JSON number"),
        ('{"city": "Málaga", "inhabitants": 1e999}', "inhabitants: the number is too large"),
        ("[" * 5000, "levels deep"),
        ('{"city": ' + "[" * 200 + "]" * 200 + "}", "nested more than 100 levels"),
    ],
)
async def test_a_run_whose_answer_never_fits_fails_with_the_errors_and_the_text(
    played: Scene, answer: str, problem: str
) -> None:
    run = await played.started(await _agent(played, answer, answer))

    failed = await played.until(run, "failed")
    steps = await _steps(played, run)

    assert failed["output"] is None
    assert failed["error"]["code"] == "output_invalid"
    assert any(problem in each for each in failed["error"]["errors"]), failed["error"]
    assert failed["error"]["text"] == answer
    assert failed["error"]["remedy"]
    assert [step["status"] for step in steps] == ["completed", "failed"]
    assert steps[1]["output"]["text"] == answer
    assert failed["resource_usage"]["model_calls"] == 2


async def test_tools_are_called_before_the_final_answer(played: Scene) -> None:
    played.tools["count"] = lambda _: "9007199254740993"
    call = {"text": "I count first.", "tool_calls": [{"name": "count"}]}
    run = await played.started(await _agent(played, call, "No JSON.", _ANSWER, tools=("count",)))

    ended = await played.until(run, "completed")

    assert ended["output"] == _OBJECT
    assert [step["step_type"] for step in await _steps(played, run)] == ["llm_call", "tool", "llm_call", "llm_call"]


async def test_the_answer_streams_as_it_is_written(played: Scene) -> None:
    run = await played.started(await _agent(played, {"text": _ANSWER, "tokens_per_second": 50}))

    sent = await played.collect(run)

    assert "".join(each.data["text"] for each in sent if each.event == "token") == _ANSWER
    assert next(each.data["data"]["output"] for each in sent if each.event == "run.completed") == _OBJECT


async def test_a_run_keeps_the_schema_it_was_started_with(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    agent = await _agent(played, {"tool_calls": [{"name": "gate"}]}, _ANSWER, tools=("gate",))
    run = await played.started(agent)
    await gate.wait()
    http = played.cast.anna.http
    config = (await http.get(f"/agents/{agent}")).json["config"]

    changed = await http.patch(f"/agents/{agent}", json={"config": config | {"output_schema": None}})
    gate.opened.set()

    assert changed.json["config"]["output_schema"] is None
    assert (await played.until(run, "completed"))["output"] == _OBJECT


async def test_the_correction_counts_as_a_step(played: Scene) -> None:
    agent = await played.agent("No.", _ANSWER, config={"output_schema": _SCHEMA, "limits": {"max_steps": 1}})

    failed = await played.until(await played.started(agent), "failed")

    assert failed["error"]["code"] == "limit_steps"


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "array"}, "config.output_schema.type"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "config.output_schema.properties.a.type"),
        ({"type": "object", "properties": {"a b": {}}}, "config.output_schema.properties.a b"),
        ({"type": "object", "$ref": "https://example.com/schema"}, "config.output_schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}, "config.output_schema"),
        ({"type": "object", "description": "x" * 70_000}, "config.output_schema"),
        ("object", "config.output_schema"),
    ],
)
async def test_a_schema_that_is_not_valid_is_refused_and_named(scene: Scene, schema: Any, field: str) -> None:
    http = scene.cast.anna.http
    agent = await scene.agent("Done.")
    step = await scene.start(agent, draft={"config": {"output_schema": schema}})

    created = await http.post("/agents", json={"name": "Structured", "config": {"output_schema": schema}})
    changed = await http.patch(f"/agents/{agent}", json={"config": {"output_schema": schema}})

    for refused, place in ((created, field), (changed, field), (step, f"draft.{field}")):
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, place), refused.text
        assert refused.json["errors"][0]["remedy"]


async def test_the_demonstration_model_answers_by_the_schema(played: Scene) -> None:
    schema = _SCHEMA | {"properties": _SCHEMA["properties"] | {"mood": {"enum": ["sunny", "rainy"]}}}
    body = {
        "name": "Demo",
        "config": {"model": {"provider_id": str(SCRIPTED_ID), "name": SCRIPTED_MODEL}, "output_schema": schema},
    }
    agent = (await played.cast.anna.http.post("/agents", json=body)).json["id"]
    await played.cast.anna.http.post(f"/agents/{agent}/activate")

    ended = await played.until(await played.started(agent, "It is rainy in 17 places."), "completed")

    assert ended["output"]["inhabitants"] == 17
    assert ended["output"]["mood"] == "rainy"


async def test_two_runs_at_once_are_corrected_each_on_its_own(played: Scene) -> None:
    agent = await _agent(played, "No.", _ANSWER)

    runs = await asyncio.gather(*(played.started(agent) for _ in range(5)))
    ended = await asyncio.gather(*(played.until(run, "completed") for run in runs))

    assert [each["output"] for each in ended] == [_OBJECT] * 5
