"""The pool of sandbox workers: determinism, cancellation, killed workers, and what the kernel denies them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.sandbox.pool import WorkerPool
from retinue.sandbox.settings import SandboxSettings
from retinue.sandbox.types import FailureKind, Limits, Outcome, Program

_SPIN = Program("def main():\n    while True: pass\n", "main()", limits=Limits(seconds=30))

_RUNNING = 5


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """Open a pool of two workers for one test."""
    made = WorkerPool(SandboxSettings(sandbox_workers=2, sandbox_seconds=30))
    yield made
    await made.close()


def _workers() -> list[int]:
    """Return the ids of this process's sandbox workers."""
    children = Path(f"/proc/{os.getpid()}/task")
    pids = [int(pid) for task in children.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if "monty" in Path(f"/proc/{pid}/comm").read_text()]


def _ticks(pid: int) -> int:
    """Return the processor time a process has used, in the kernel's ticks of 10 ms."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def _denied(pid: int) -> tuple[dict[str, str], bytes]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:25].strip(): line[26:].split()[0] for line in lines}, Path(f"/proc/{pid}/environ").read_bytes()


async def _busy(pool: WorkerPool) -> tuple["asyncio.Task[Outcome]", int]:
    """Start a program that never ends, and return its worker's id once it runs."""
    before = set(_workers())
    task = asyncio.create_task(pool.run(_SPIN))
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(0.02)
            for pid in set(_workers()) - before:
                if _ticks(pid) > _RUNNING:
                    return task, pid


async def test_the_same_program_gives_the_same_value() -> None:
    source = (
        "import random, time, datetime\n"
        "def main():\n"
        "    return [random.random(), time.time(), str(datetime.datetime.now()), hash('abc'), list({'b', 'z', 'a'})]\n"
    )
    program = Program(source, "main()", now=datetime(2026, 5, 1, 12, tzinfo=UTC), seed="call-1")
    values: list[object] = []
    for _ in range(2):
        pool = WorkerPool(SandboxSettings())
        values += [(await pool.run(program)).value, (await pool.run(program)).value]
        await pool.close()
    other = WorkerPool(SandboxSettings())
    different = (await other.run(Program(source, "main()", seed="call-2"))).value
    await other.close()

    assert values[0] == values[1] == values[2] == values[3]
    assert "2026-05-01 12:00:00" in str(values[0])
    assert different != values[0]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
async def test_a_cancelled_program_stops_and_its_worker_is_replaced(pool: WorkerPool) -> None:
    task, pid = await _busy(pool)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while pid in _workers():
            await asyncio.sleep(0.02)
    after = await pool.run(Program("", "1 + 1"))

    assert after.value == 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
async def test_a_killed_worker_is_told_and_replaced(pool: WorkerPool) -> None:
    task, pid = await _busy(pool)

    os.kill(pid, signal.SIGKILL)
    outcome = await task
    after = await pool.run(Program("", "1 + 1"))

    assert outcome.failure is not None
    assert outcome.failure.kind == FailureKind.CRASHED
    assert after.value == 2
    assert pid not in _workers()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
async def test_the_kernel_denies_a_worker_files_sockets_and_memory(pool: WorkerPool) -> None:
    task, pid = await _busy(pool)
    limits, environment = _denied(pid)
    task.cancel()

    assert (limits["Max open files"], limits["Max file size"], limits["Max core file size"]) == ("3", "0", "0")
    assert int(limits["Max address space"]) < 1024**3
    assert environment == b""


async def test_one_owner_leaves_a_worker_to_the_others(pool: WorkerPool) -> None:
    spin = Program(_SPIN.source, _SPIN.call, owner="greedy", limits=Limits(seconds=30))
    greedy = [asyncio.create_task(pool.run(spin)) for _ in range(4)]

    async with asyncio.timeout(20):
        other = await pool.run(Program("", "'served'", owner="modest"))
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)

    assert other.value == "served"


async def test_a_program_over_its_time_in_one_operation_is_killed(pool: WorkerPool) -> None:
    outcome = await pool.run(Program("def main():\n    return pow(3, 10**7) % 7\n", "main()", limits=Limits(seconds=0.3)))

    assert outcome.failure is not None
    assert outcome.failure.kind == FailureKind.TIME


async def test_checking_hostile_source_ends(pool: WorkerPool) -> None:
    names = "\n        ".join(f"x = (x, x) if a({i}) else [x]" for i in range(200))
    source = f"def main(a):\n    x = 0\n    while a():\n        {names}\n    return x.foo\n"

    problems = await pool.check(source, Limits(seconds=0.5))

    assert "ran longer" in problems[0].message
    assert await pool.check("x = 1", Limits()) == ()
