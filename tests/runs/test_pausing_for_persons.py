"""A tool that asks first, and a dangerous call whose outcome nobody knows: the run waits, and goes on with the answer."""

import asyncio

import pytest

from retinue.core.ids import RunId
from retinue.process import Process
from tests.conftest import Postgres
from tests.runs.workshop import Stage, plan_of, staged, tool

_STATUS = "SELECT status, waiting_reason, completed_at FROM runs WHERE id = %s"
_QUESTIONS = "SELECT kind, tool_name, arguments, status FROM approvals WHERE run_id = %s ORDER BY id"
_STEPS = "SELECT step_name, status, output FROM run_steps WHERE run_id = %s ORDER BY sequence"
_EVENTS = "SELECT type FROM run_event_stream WHERE run_id = %s ORDER BY sequence"
_SEQUENCES = "SELECT sequence FROM run_event_stream WHERE run_id = %s ORDER BY sequence"


def _sent(stage: Stage) -> list[object]:
    return [invocation.arguments for invocation in stage.tools.calls]


async def test_run_waits_forevery_call_that_needs_approval_at_once(postgres: Postgres, process: Process) -> None:
    turns = [[("send", {"to": "a"}), ("send", {"to": "b"})], "Sent."]
    async with staged(postgres, process, turns, {"send": lambda _: "ok"}) as stage:
        run_id = await stage.run(plan_of(tool("send", effect="dangerous", requires_approval=True)))

        assert stage.one(_STATUS, run_id) == ("waiting", "approval", None)
        assert stage.rows(_QUESTIONS, run_id) == [
            ("tool_call", "send", {"to": "a"}, "pending"),
            ("tool_call", "send", {"to": "b"}, "pending"),
        ]
        assert stage.rows(_STEPS, run_id)[1:] == [("send", "waiting", None), ("send", "waiting", None)]
        assert _sent(stage) == []


async def test_answers_may_come_one_after_the_other(postgres: Postgres, process: Process) -> None:
    turns = [[("send", {"to": "a"}), ("send", {"to": "b"})], "Sent."]
    async with staged(postgres, process, turns, {"send": lambda _: "ok"}) as stage:
        run_id = await stage.run(plan_of(tool("send", effect="dangerous", requires_approval=True)))

        await stage.decide(run_id, {"tool_name": "send", "arguments": {"to": "b"}})
        await stage.execute(run_id)
        assert stage.one(_STATUS, run_id)[0] == "waiting"
        assert _sent(stage) == [{"to": "b"}]

        await stage.decide(run_id, {"tool_name": "send", "arguments": {"to": "a"}})
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        assert _sent(stage) == [{"to": "b"}, {"to": "a"}]
        assert [row[1] for row in stage.rows(_STEPS, run_id)] == ["completed"] * 4
        events = [row[0] for row in stage.rows(_EVENTS, run_id)]
        assert events.count("approval.requested") == 2
        sequences = [row[0] for row in stage.rows(_SEQUENCES, run_id)]
        assert sequences == list(range(1, len(sequences) + 1))


async def test_refused_call_is_told_to_the_model_with_the_persons_words(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("send", {})], "I understand."], {"send": lambda _: "ok"}) as stage:
        run_id = await stage.run(plan_of(tool("send", requires_approval=True)))

        await stage.decide(run_id, {"tool_name": "send"}, status="rejected")
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        assert _sent(stage) == []
        assert stage.rows(_STEPS, run_id)[1] == ("send", "failed", "A person did not allow this call.")


async def test_person_may_change_the_arguments(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("send", {"to": "all"})], "Sent."], {"send": lambda _: "ok"}) as stage:
        run_id = await stage.run(plan_of(tool("send", requires_approval=True)))

        await stage.decide(run_id, {"tool_name": "send", "decision": {"arguments": {"to": "one"}}})
        await stage.execute(run_id)

        assert _sent(stage) == [{"to": "one"}]


async def test_model_is_not_asked_again_when_a_paused_run_goes_on(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("send", {})], "Sent."], {"send": lambda _: "ok"}) as stage:
        run_id = await stage.run(plan_of(tool("send", requires_approval=True)))
        await stage.decide(run_id, {"tool_name": "send"})
        await stage.execute(run_id)

        assert len(stage.model.calls) == 2
        usage = stage.one("SELECT resource_usage FROM runs WHERE id = %s", run_id)[0]
        assert (usage["model_calls"], usage["tool_calls"], usage["input_tokens"]) == (2, 1, 20)


async def _cut_off(stage: Stage, effect: str) -> RunId:
    """Execute a run up to the middle of its tool call, then let the worker die there."""
    run_id = await stage.start(plan_of(tool("pay", effect=effect)))
    begun = asyncio.Event()
    pay = stage.tools.functions["pay"]

    async def hang(_: object) -> None:
        begun.set()
        await asyncio.sleep(60)

    stage.tools.functions["pay"] = hang
    task = asyncio.create_task(stage.execute(run_id))
    await asyncio.wait_for(begun.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    stage.tools.functions["pay"] = pay
    return run_id


@pytest.mark.parametrize("effect", ["read_only", "idempotent"])
async def test_call_that_may_be_repeated_is_made_again_under_the_same_key(
    postgres: Postgres, process: Process, effect: str
) -> None:
    async with staged(postgres, process, [[("pay", {})], "Paid."], {"pay": lambda _: "ok"}) as stage:
        run_id = await _cut_off(stage, effect)

        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        keys = [call.idempotency_key for call in stage.tools.calls]
        assert len(keys) == 2
        assert len(set(keys)) == 1


async def test_dangerous_call_that_was_cut_off_is_put_to_a_person(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("pay", {"usd": 5})], "Paid."], {"pay": lambda _: "ok"}) as stage:
        run_id = await _cut_off(stage, "dangerous")

        await stage.execute(run_id)

        assert len(stage.tools.calls) == 1
        assert stage.one(_STATUS, run_id)[:2] == ("waiting", "unknown_outcome")
        assert stage.rows(_QUESTIONS, run_id) == [("unknown_outcome", "pay", {"usd": 5}, "pending")]
        assert stage.rows("SELECT state FROM tool_calls WHERE run_id = %s", run_id) == [("unknown",)]


async def test_person_may_have_an_unknown_call_made_again(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("pay", {})], "Paid."], {"pay": lambda _: "ok"}) as stage:
        run_id = await _cut_off(stage, "dangerous")
        await stage.execute(run_id)

        await stage.decide(run_id, {"tool_name": "pay"})
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        assert len(stage.tools.calls) == 2
        assert stage.rows("SELECT state, attempts FROM tool_calls WHERE run_id = %s", run_id) == [("succeeded", 2)]


async def test_person_may_leave_an_unknown_call(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("pay", {})], "Left."], {"pay": lambda _: "ok"}) as stage:
        run_id = await _cut_off(stage, "dangerous")
        await stage.execute(run_id)

        await stage.decide(run_id, {"tool_name": "pay"}, status="rejected")
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        assert len(stage.tools.calls) == 1
        assert stage.rows("SELECT state FROM tool_calls WHERE run_id = %s", run_id) == [("failed",)]


async def test_person_may_give_an_unknown_calls_result(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("pay", {})], "Paid."], {"pay": lambda _: "ok"}) as stage:
        run_id = await _cut_off(stage, "dangerous")
        await stage.execute(run_id)

        await stage.decide(run_id, {"tool_name": "pay", "decision": {"result": {"receipt": 7}}})
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id)[0] == "completed"
        assert len(stage.tools.calls) == 1
        assert stage.rows(_STEPS, run_id)[1] == ("pay", "completed", {"receipt": 7})
