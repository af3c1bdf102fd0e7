"""The cost of a run has one shape: none, known, partial or unknown, with the sum of what is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse
from retinue.llm.scripted import ScriptedChatModel
from tests.runs.scene import Gate, Scene, working

CALL: dict[str, Any] = {"tool_calls": [{"name": "wait", "arguments": {}}]}

_OLDER = (
    '{"model_calls": 1, "cost_usd": 0.30000000000000004}',
    '{"model_calls": 1, "cost_usd": null}',
    '{"steps": 0, "cost_usd": 0}',
)


class SometimesUnpriced:
    """The scripted model; an answer that says "unpriced" has no known price."""

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        answer = await ScriptedChatModel().complete(request, on_delta)
        if "unpriced" in answer.content:
            return replace(answer, usage=replace(answer.usage, cost_usd=None))
        return answer


@pytest.fixture
async def priced(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Scene]:
    """Give a scene whose model has a price for some of its answers."""
    async with working(environ, scene.tools, model=SometimesUnpriced()):
        yield scene


def _cost(run: Any) -> tuple[str | None, str]:
    usage = run["resource_usage"]
    return usage["cost_usd"], usage["cost_state"]


async def test_cost_of_a_run_is_none_known_partial_or_unknown(priced: Scene) -> None:
    priced.tools["wait"] = lambda _: "waited"
    scripts: list[list[Any]] = [
        [{"error": "down"}],
        [{"text": "Free."}],
        [{**CALL, "cost_usd": 0.1}, {"text": "Dear.", "cost_usd": 0.2}],
        [{**CALL, "cost_usd": 0.1}, "unpriced"],
        ["unpriced"],
    ]
    seen: list[tuple[str | None, str]] = []
    for number, turns in enumerate(scripts):
        run = await priced.started(await priced.agent(*turns, tools=("wait",), name=f"Scribe {number}"))
        seen.append(_cost(await priced.until(run)))

    assert seen == [(None, "none"), ("0", "known"), ("0.3", "known"), ("0.1", "partial"), (None, "unknown")]


async def test_cancelled_run_tells_what_its_finished_steps_used(priced: Scene) -> None:
    gate = Gate()
    priced.tools["wait"] = gate.tool
    run = await priced.started(await priced.agent({**CALL, "cost_usd": 0.25}, "Done.", tools=("wait",)))
    await gate.wait()

    cancelled = (await priced.cast.anna.http.post(f"/runs/{run}/cancel")).json
    gate.opened.set()

    assert _cost(cancelled) == ("0.25", "known")
    assert cancelled["resource_usage"]["model_calls"] == 1


async def test_cost_of_an_older_version_is_read_in_the_same_shape(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    seen: list[tuple[str | None, str]] = []
    for stored in _OLDER:
        await scene.owner("UPDATE runs SET resource_usage = %s WHERE id = %s", stored, run)
        seen.append(_cost(await scene.run(run)))

    assert seen == [("0.30000000000000004", "known"), (None, "unknown"), (None, "none")]
