"""Runs are cut off in the middle of a model's answer: what had arrived is kept, with what it used."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Any

from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from tests.crash.ground import Child, Ground

_WORDS = " ".join(f"word{number}" for number in range(200))
_STEPS = "SELECT status, output, usage, error_message, id, sequence FROM run_steps WHERE run_id = %s ORDER BY sequence"
_PARTIALS = "SELECT output ->> 'text', lease FROM run_partials WHERE run_id = %s"


def _slow(seconds: float) -> list[JsonObject]:
    return [{"text": _WORDS, "tokens_per_second": 200 / seconds}]


async def _kept(ground: Ground, run_id: RunId, *, than: str = "") -> str:
    """Wait until a part of the answer is stored that is longer than another."""
    async with asyncio.timeout(60):
        while True:
            found = ground.rows(_PARTIALS, run_id)
            if found and len(found[0][0] or "") > len(than):
                return str(found[0][0])
            await asyncio.sleep(0.03)


async def _step(ground: Ground, run_id: RunId, status: str) -> Sequence[Any]:
    """Wait for a step with a status."""
    async with asyncio.timeout(60):
        while not (found := [row for row in ground.rows(_STEPS, run_id) if row[0] == status]):
            await asyncio.sleep(0.03)
    return found[0]


def _check_part(step: Sequence[Any], reason: str) -> None:
    _, output, usage, *_ = step
    assert output["is_partial"] is True
    assert output["finish_reason"] == reason
    assert output["text"]
    assert _WORDS.startswith(output["text"])
    assert usage["is_estimated"] is True
    assert usage["output_tokens"] > 0


async def _killed_in_the_middle(ground: Ground) -> tuple[RunId, Child, str]:
    worker = await ground.worker()
    run_id = ground.start(_slow(6), [])
    first = await _kept(ground, run_id)
    later = await _kept(ground, run_id, than=first)
    worker.signal(signal.SIGKILL)
    await worker.gone()
    return run_id, worker, later


async def test_answer_of_a_killed_worker_is_an_interrupted_step_and_the_run_completes(ground: Ground) -> None:
    run_id, _, kept = await _killed_in_the_middle(ground)

    await ground.worker()
    interrupted = await _step(ground, run_id, "interrupted")
    status = await ground.settle(run_id)

    _check_part(interrupted, "interrupted")
    assert interrupted[1]["text"] == kept
    assert interrupted[3]
    assert status == "completed"
    steps = ground.rows(_STEPS, run_id)
    assert [(step[0], step[1]["text"] == _WORDS) for step in steps] == [("interrupted", False), ("completed", True)]
    ((usage,),) = ground.rows("SELECT resource_usage FROM runs WHERE id = %s", run_id)
    assert (usage["model_calls"], usage["is_estimated"]) == (2, True)
    assert usage["output_tokens"] == sum(step[2]["output_tokens"] for step in steps)
    assert ground.rows(_PARTIALS, run_id) == []
    events = ground.rows("SELECT sequence, type FROM run_event_stream WHERE run_id = %s ORDER BY sequence", run_id)
    assert [sequence for sequence, _ in events] == list(range(1, len(events) + 1))


async def test_run_that_is_cancelled_before_another_worker_claims_it_keeps_the_answer(ground: Ground) -> None:
    run_id, _, kept = await _killed_in_the_middle(ground)

    ground.rows("SELECT count(*) FROM control.cancel(%s, NULL)", run_id)

    step = await _step(ground, run_id, "cancelled")
    _check_part(step, "cancelled")
    assert step[1]["text"] == kept
    assert ground.rows(_PARTIALS, run_id) == []
    ((usage,),) = ground.rows("SELECT resource_usage FROM runs WHERE id = %s", run_id)
    assert (usage["model_calls"], usage["is_estimated"], usage["cost_state"]) == (1, True, "known")


async def test_answer_is_a_cancelled_step_when_the_run_is_cancelled(ground: Ground) -> None:
    await ground.worker()
    run_id = ground.start(_slow(6), [])
    kept = await _kept(ground, run_id)
    await asyncio.sleep(0.5)  # the answer goes on; the worker has more than what is stored

    ground.rows("SELECT count(*) FROM control.cancel(%s, NULL)", run_id)
    async with asyncio.timeout(60):
        while len((step := await _step(ground, run_id, "cancelled"))[1]["text"]) <= len(kept):
            await asyncio.sleep(0.03)

    _check_part(step, "cancelled")
    assert len(ground.rows(_STEPS, run_id)) == 1
    ((status, usage),) = ground.rows("SELECT status, resource_usage FROM runs WHERE id = %s", run_id)
    assert (status, usage["output_tokens"]) == ("cancelled", step[2]["output_tokens"])
    assert ground.rows(_PARTIALS, run_id) == []


async def test_answer_is_kept_when_the_run_reaches_its_time_limit(ground: Ground) -> None:
    await ground.worker()
    run_id = ground.start(_slow(6), [], limits={"timeout_seconds": 3})

    status = await ground.status(run_id)

    step = await _step(ground, run_id, "failed")
    _check_part(step, "failed")
    ((error, usage),) = ground.rows("SELECT error, resource_usage FROM runs WHERE id = %s", run_id)
    assert (status, error["code"], error["step"]) == ("failed", "timeout", "script")
    assert step[3] == error["message"]
    assert (usage["output_tokens"], usage["is_estimated"]) == (step[2]["output_tokens"], True)
    assert ground.rows(_PARTIALS, run_id) == []


async def test_run_whose_time_is_up_before_another_worker_claims_it_counts_what_was_used(ground: Ground) -> None:
    run_id, _, kept = await _killed_in_the_middle(ground)
    ground.rows("UPDATE runs SET deadline_at = now() WHERE id = %s RETURNING id", run_id)

    await ground.worker()
    status = await ground.status(run_id)

    step = await _step(ground, run_id, "interrupted")
    assert step[1]["text"] == kept
    ((error, usage),) = ground.rows("SELECT error, resource_usage FROM runs WHERE id = %s", run_id)
    assert (status, error["code"]) == ("failed", "timeout")
    assert (usage["model_calls"], usage["output_tokens"]) == (1, step[2]["output_tokens"])
    assert usage["is_estimated"] is True


async def test_worker_that_stops_leaves_an_interrupted_step(ground: Ground) -> None:
    worker = await ground.worker()
    run_id = ground.start(_slow(6), [])
    kept = await _kept(ground, run_id)

    worker.signal(signal.SIGTERM)
    await worker.gone()
    step = await _step(ground, run_id, "interrupted")
    await ground.worker()

    _check_part(step, "interrupted")
    assert len(step[1]["text"]) > len(kept)
    assert await ground.settle(run_id) == "completed"
    assert [step[0] for step in ground.rows(_STEPS, run_id)] == ["interrupted", "completed"]
