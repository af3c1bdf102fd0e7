"""Workers die at every commit and in the middle of calls: each run ends as it would have, and nothing is done twice."""

import asyncio
import signal

import pytest

from retinue.core.json import JsonObject
from retinue.engine.ports import ToolPlan
from tests.crash.ground import Call, Child, Ground

_STEPS = 8


def _call(tool: str, number: int) -> JsonObject:
    return {"name": tool, "arguments": {"number": number}}


_TURNS: list[JsonObject] = [
    {"tool_calls": [_call("look", 1), _call("pay", 2), _call("put", 3), _call("pay", 4)]},
    {"tool_calls": [_call("pay", 5)]},
    {"text": "Done."},
]


def _tools(ground: Ground) -> list[ToolPlan]:
    return [
        ground.tool("look", "GET", "read_only"),
        ground.tool("put", "PUT", "idempotent"),
        ground.tool("pay", "POST", "dangerous"),
    ]


@pytest.mark.parametrize("commits", range(1, 13))
async def test_worker_killed_after_any_commit(ground: Ground, commits: int) -> None:
    first = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
    run_id = ground.start(_TURNS, _tools(ground))
    ended = asyncio.create_task(first.gone())
    over = asyncio.create_task(ground.status(run_id, "completed"))
    await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()

    await ground.worker()
    status = await ground.settle(run_id)

    assert status == "completed"
    ground.check_record(run_id, steps=_STEPS)
    paid = ground.counter.numbers("pay")
    assert sorted(paid) == [2, 4, 5]
    ended.cancel()


@pytest.mark.parametrize("number", [2, 5])
async def test_worker_killed_while_a_dangerous_call_is_made(ground: Ground, number: int) -> None:
    workers: list[Child] = []

    async def kill(call: Call) -> None:
        if call == Call("pay", number, call.key) and workers:
            workers.pop().signal(signal.SIGKILL)
            await asyncio.sleep(10)

    ground.counter.on_call = kill
    workers.append(await ground.worker())
    run_id = ground.start(_TURNS, _tools(ground))
    await ground.worker()

    assert await ground.status(run_id) == "waiting"
    assert ground.rows("SELECT waiting_reason FROM runs WHERE id = %s", run_id) == [("unknown_outcome",)]
    assert await ground.settle(run_id) == "completed"
    ground.check_record(run_id, steps=_STEPS)
    assert sorted(ground.counter.numbers("pay")) == [2, 4, 5]


@pytest.mark.parametrize(("tool", "number"), [("look", 1), ("put", 3)])
async def test_worker_killed_while_a_repeatable_call_is_made(ground: Ground, tool: str, number: int) -> None:
    workers: list[Child] = []

    async def kill(call: Call) -> None:
        if call == Call(tool, number, call.key) and workers:
            while len(ground.counter.calls) < 4:  # the siblings have been called, too
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            workers.pop().signal(signal.SIGKILL)
            await asyncio.sleep(10)

    ground.counter.on_call = kill
    workers.append(await ground.worker())
    run_id = ground.start(_TURNS, _tools(ground))
    await ground.worker()

    assert await ground.status(run_id) == "completed"
    ground.check_record(run_id, steps=_STEPS)
    assert ground.counter.numbers(tool) == [number, number]
    assert len(ground.counter.calls) == 6
    keys = {call.key for call in ground.counter.calls if call.tool == tool}
    assert len(keys) == 1


async def test_worker_that_slept_past_its_lease_writes_nothing(ground: Ground) -> None:
    resumed = asyncio.Event()
    begun = asyncio.Event()

    async def hold(call: Call) -> None:
        if call.tool == "look" and not begun.is_set():
            begun.set()
            await resumed.wait()

    ground.counter.on_call = hold
    sleeper = await ground.worker()
    run_id = ground.start([{"tool_calls": [_call("look", 1)]}, {"text": "Done."}], _tools(ground))
    await begun.wait()
    sleeper.signal(signal.SIGSTOP)
    other = await ground.worker()
    assert await ground.status(run_id) == "completed"

    sleeper.signal(signal.SIGCONT)
    resumed.set()
    await asyncio.sleep(1.5)

    ground.check_record(run_id, steps=3)
    assert ground.rows("SELECT lease FROM runs WHERE id = %s", run_id) == [(2,)]
    other.signal(signal.SIGKILL)
    await other.gone()
    again = ground.start([{"text": "Still here."}], [])
    assert await ground.status(again) == "completed"


async def test_runs_of_a_killed_worker_go_on_at_once_on_its_machine_whatever_the_stall_time(ground: Ground) -> None:
    begun = asyncio.Event()
    patient = {"RETINUE_WORKER_STALL_SECONDS": "60", "RETINUE_WORKER_HEARTBEAT_SECONDS": "3"}

    async def hold(call: Call) -> None:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(60)

    ground.counter.on_call = hold
    first = await ground.worker(**patient)
    run_id = ground.start([{"tool_calls": [_call("look", 1)]}, {"text": "Done."}], _tools(ground))
    await begun.wait()
    await ground.worker(**patient)

    first.signal(signal.SIGKILL)

    assert await ground.status(run_id, seconds=5) == "completed"
    ground.check_record(run_id, steps=3)


async def test_worker_that_slept_in_a_dangerous_call_neither_records_nor_repeats_it(ground: Ground) -> None:
    resumed, begun = asyncio.Event(), asyncio.Event()

    async def hold(call: Call) -> None:
        if call.tool == "pay":
            begun.set()
            await resumed.wait()

    ground.counter.on_call = hold
    sleeper = await ground.worker()
    run_id = ground.start([{"tool_calls": [_call("pay", 2)]}, {"text": "Done."}], _tools(ground))
    await begun.wait()
    sleeper.signal(signal.SIGSTOP)
    await ground.worker()
    assert await ground.status(run_id, "waiting") == "waiting"

    resumed.set()
    sleeper.signal(signal.SIGCONT)
    await asyncio.sleep(1.5)

    assert ground.rows("SELECT state FROM tool_calls WHERE run_id = %s", run_id) == [("unknown",)]
    assert await ground.settle(run_id) == "completed"
    assert ground.counter.numbers("pay") == [2]
    ground.check_record(run_id, steps=3)


async def test_many_runs_end_while_workers_come_and_go(ground: Ground) -> None:
    tools = _tools(ground)
    turns: list[JsonObject] = [
        {"tool_calls": [_call("look", 1), _call("put", 2)], "delay_ms": 50},
        {"tool_calls": [_call("look", 3)], "delay_ms": 50},
        {"text": "Done.", "delay_ms": 50},
    ]
    first, second = await ground.worker(), await ground.worker()
    runs = [ground.start(turns, tools) for _ in range(40)]
    first.signal(signal.SIGKILL)
    third = await ground.worker()
    second.signal(signal.SIGTERM)
    await ground.worker()

    for run_id in runs:
        assert await ground.status(run_id) == "completed"
        ground.check_record_of_steps(run_id, steps=6)
    assert ground.unfinished() == 0
    assert third.process.is_alive()
