"""Waits in large numbers: a simulated year with three tickers that die at random; runs that hold no worker and no memory."""

import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from retinue.core.timers import Ticker, gather
from retinue.process import Process
from retinue.runs.approvals.feature import feature as approvals
from retinue.runs.external_events.feature import feature as external_events
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.runs.scene import Scene, working
from tests.workflows.conftest import Workflows, adds, numbers

_SEED = int(os.environ.get("RETINUE_TEST_SEED", "20261130"))
_IS_LONG = os.environ.get("RETINUE_TEST_LONG") == "1"
_WAITING = 10_000 if _IS_LONG else 150
_YEAR = 365
_EDGES = [("START", "hear"), ("hear", "END")]


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM due_timers")
        with hand_clock(owner) as hand:
            yield hand


@pytest.fixture
async def tickers(environ: dict[str, str]) -> AsyncIterator[list[Process]]:
    """Give three processes that bring about what falls due."""
    async with AsyncExitStack() as stack:
        made = [Process(environ) for _ in range(3)]
        for each in made:
            await each.start(is_serving=False)
            stack.push_async_callback(each.stop)
        yield made


def _wait(days: int) -> Any:
    return {
        "id": "hear",
        "type": "wait_for_event",
        "event": "never",
        "expires": f"P{days}D",
        "on_expiry": "continue",
        "output": {"n": "7 if result is None else 0"},
    }


def _question(days: int) -> Any:
    return {
        "id": "hear",
        "type": "question",
        "ask": "How much?",
        "form": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        "expires": f"P{days}D",
        "default": {"n": 7},
        "output": {"n": "result['n']"},
    }


_EXPIRED = """
SELECT run_id::text FROM event_waits WHERE status = 'expired'
UNION ALL SELECT run_id::text FROM approvals WHERE status <> 'pending'"""


async def _drain(processes: Sequence[Process], draws: random.Random) -> None:
    """Let all tickers look at once, and some of them die at some moment, until none dies and nothing is due."""
    is_quiet = False
    while not is_quiet:
        tickers = [Ticker(each.database, gather(approvals.timers, external_events.timers)) for each in processes]
        looking = [asyncio.create_task(ticker.drain()) for ticker in tickers]
        dying = [task for task in looking if draws.random() < 0.3]
        for task in dying:
            for _ in range(draws.randrange(60)):
                await asyncio.sleep(0)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*looking, return_exceptions=True)
        for task in looking:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        is_quiet = not dying


async def test_waits_of_a_year_expire_once_each_whichever_tickers_die(
    scene: Scene, environ: dict[str, str], clock: HandClock, tickers: list[Process]
) -> None:
    draws = random.Random(_SEED)  # noqa: S311 - an order of events
    workflows = Workflows(scene)
    days = sorted(draws.sample(range(1, _YEAR), 24))
    run_ids: dict[str, int] = {}
    async with working(environ, scene.tools):
        for number, day in enumerate(days):
            node = _wait(day) if number % 2 else _question(day)
            workflow = await workflows.made([node], _EDGES, state=numbers(n=0), name=f"{day}")
            run_ids[await workflows.started(workflow)] = day
        for run_id in run_ids:
            await scene.until(run_id, "waiting")

    expired: list[int] = []
    for passed in range(15, _YEAR + 15, 15):
        clock.move(days=15)
        await _drain(tickers, draws)
        rows = await scene.owner(_EXPIRED)
        now = sorted(run_ids[row[0]] for row in rows if row[0] in run_ids)
        assert now == [day for day in days if day < passed]  # of a day's end, the runs were a moment later than the clock
        expired = now
    clock.release()  # the sessions of a year ago have expired

    async with working(environ, scene.tools):
        for run_id in run_ids:
            run = await scene.until(run_id)
            assert (run["status"], run["output"]) == ("completed", {"n": 7}), run["error"]
            resumed = await scene.owner(
                "SELECT count(*) FROM run_event_stream WHERE run_id = %s AND type = 'run.resumed'", run_id
            )
            assert resumed == [(1,)]
    assert expired == days


_KINDS: dict[str, Any] = {
    "event": _wait(1),
    "person": {"id": "hear", "type": "approval", "reason": "Go on?"},
    "time": {"id": "hear", "type": "wait_until", "after": "P1D"},
}
"""What a run waits for, each as a node."""


def _resident_mb() -> float:
    """Return the memory of this process, in which API and worker are."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576


async def _took(workflows: Workflows, quick: str) -> float:
    """Return the seconds that a run takes from its start to its end, the median of some."""
    times: list[float] = []
    for _ in range(9):
        began = time.perf_counter()
        assert (await workflows.run(quick))["status"] == "completed"
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


@pytest.mark.timeout(3_600 if _IS_LONG else 300)
async def test_runs_that_wait_hold_no_worker_and_no_memory_and_let_others_through(
    scene: Scene, environ: dict[str, str]
) -> None:
    workflows = Workflows(scene)
    waiting = [
        await workflows.made([node], _EDGES, state=numbers(n=0) if kind == "event" else {}, name=f"Waits for {kind}")
        for kind, node in _KINDS.items()
    ]
    quick = await workflows.made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0), name="Quick")
    await scene.slots(4)
    took: list[float] = []
    resident: list[float] = []
    async with working(environ, scene.tools, concurrency=4):
        before = len(asyncio.all_tasks())
        for count in (_WAITING // 10, _WAITING - _WAITING // 10):
            for place in range(0, count, 50):
                targets = [waiting[(place + each) % 3] for each in range(min(50, count - place))]
                for run_id in await asyncio.gather(*(workflows.started(target) for target in targets)):
                    await scene.until(run_id, "waiting")
            took.append(await _took(workflows, quick))
            resident.append(_resident_mb())
        added = len(asyncio.all_tasks()) - before
    statement = "SELECT count(*) FROM runs WHERE target_id = ANY (%s::uuid[]) AND status = 'waiting' AND leased_by IS NULL"
    found = await scene.owner(statement, waiting)

    assert found == [(_WAITING,)]
    assert await scene.running() == 0
    assert added < 35
    assert took[1] < 2 * took[0] + 0.1, took
    assert resident[1] - resident[0] < 40, resident
