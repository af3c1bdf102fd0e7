"""A pool of worker processes in which code of users runs, on the interpreter Monty: see docs/decisions/0012.

Each program gets a session of its own in a worker; nothing passes from one to the next. The synchronous client of the
library is driven from threads: its asynchronous one can abort the process at its end (version 1.4.0).
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from retinue.core.json import loads
from retinue.core.logging import get_logger
from retinue.sandbox.confine import confine
from retinue.sandbox.errors import SandboxUnavailableError
from retinue.sandbox.failures import failure_of, problems_of
from retinue.sandbox.settings import SandboxSettings
from retinue.sandbox.types import CHECK_SECONDS, Failure, FailureKind, Limits, Outcome, Problem, Program

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession

_log = get_logger(__name__)
_ResultT = TypeVar("_ResultT")
_GRACE_SECONDS = 0.5
"""A worker that is so much over its time is killed: a single long operation does not look at the clock."""
_CHECKOUTS = 1000
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_VALUE = "import json as __json\n__json.dumps({call})"
"""The value leaves the sandbox as text, which costs the same to read however deeply it is nested."""


@dataclass(slots=True)
class _Job:
    """A program under way in a thread; ``cancel`` may come from the loop at any time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pid: int | None = None
    is_cancelled: bool = False

    def begin(self, pid: int | None) -> bool:
        """Remember the worker; False when the job was cancelled before it had one."""
        with self.lock:
            self.pid = pid
            return not self.is_cancelled

    def end(self) -> None:
        """Let go of the worker, which belongs to the pool again."""
        with self.lock:
            self.pid = None

    def cancel(self) -> None:
        """Kill the worker of the job, if it has one."""
        with self.lock:
            self.is_cancelled = True
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)


@dataclass(slots=True)
class _Lane:
    turns: asyncio.Semaphore
    wanted: int = 0


class WorkerPool:
    """The workers of one process. Implements ``sandbox.ports.Sandbox``. Starts at the first program."""

    def __init__(self, settings: SandboxSettings) -> None:
        """Take the operator's limits."""
        self._workers = settings.sandbox_workers
        self._most_seconds = max(settings.sandbox_seconds, CHECK_SECONDS)
        self._lock = asyncio.Lock()
        self._monty: Monty | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._lanes: dict[str, _Lane] = {}

    async def run(self, program: Program) -> Outcome:
        """Run a program to its end: see the port."""

        def work(monty: "Monty", job: _Job) -> Outcome:
            return _run(monty, job, program)

        async with self._turn(program.owner):
            return await self._in_thread(work)

    async def check(self, source: str, limits: Limits, *, stubs: str = "") -> tuple[Problem, ...]:
        """Return the mistakes of a source: see the port."""

        def work(monty: "Monty", job: _Job) -> tuple[Problem, ...]:
            return _check(monty, job, source, limits, stubs)

        return await self._in_thread(work)

    async def close(self) -> None:
        """Stop every worker."""
        monty, threads = self._monty, self._threads
        self._monty = self._threads = None
        if monty is not None and threads is not None:
            await asyncio.to_thread(_stop, monty, threads)

    @asynccontextmanager
    async def _turn(self, owner: str) -> AsyncGenerator[None]:
        lane = self._lanes.get(owner)
        if lane is None:
            lane = self._lanes[owner] = _Lane(asyncio.Semaphore(max(1, self._workers - 1)))
        lane.wanted += 1
        try:
            async with lane.turns:
                yield
        finally:
            lane.wanted -= 1
            if not lane.wanted:
                del self._lanes[owner]

    async def _in_thread(self, work: "Callable[[Monty, _Job], _ResultT]") -> _ResultT:
        monty, threads = await self._started()
        job = _Job()
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work, monty, job)
        except asyncio.CancelledError:
            job.cancel()
            raise

    async def _started(self) -> "tuple[Monty, ThreadPoolExecutor]":
        async with self._lock:
            if self._monty is None or self._threads is None:
                self._monty = await asyncio.to_thread(_start, self._workers, self._most_seconds)
                self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="sandbox")
            return self._monty, self._threads


def _start(workers: int, most_seconds: float) -> "Monty":
    try:
        from pydantic_monty import Monty  # noqa: PLC0415 - 16 MB that only processes which run snippets need

        monty = Monty(
            min_processes=1,
            max_processes=workers,
            request_timeout=most_seconds + 2 * _GRACE_SECONDS,
            max_checkouts_per_worker=_CHECKOUTS,
            feed_duration_limit_grace=_GRACE_SECONDS,
            turn_duration_limit_grace=_GRACE_SECONDS,
        )
        return monty.__enter__()
    except (ImportError, OSError, RuntimeError) as error:
        _log.exception("sandbox.unavailable")
        raise SandboxUnavailableError(f"The sandbox cannot start: {type(error).__name__}.") from None


def _stop(monty: "Monty", threads: ThreadPoolExecutor) -> None:
    threads.shutdown(wait=True, cancel_futures=True)
    monty.__exit__(None, None, None)


def _run(monty: "Monty", job: _Job, program: Program) -> Outcome:
    from pydantic_monty import CollectString, MontyError  # noqa: PLC0415 - as above

    limits = program.limits
    printed = CollectString(limits.printed_bytes)
    try:
        with _session(monty, program, limits) as session:
            if not _begin(job, session, limits):
                return _failed(FailureKind.CRASHED, "The call was cancelled.")
            try:
                session.feed_run(program.source, inputs=dict(program.given), print_callback=printed)
                text = session.feed_run(
                    _VALUE.format(call=program.call), inputs=dict(program.inputs), print_callback=printed
                )
            finally:
                job.end()
    except MontyError as error:
        return Outcome(None, printed.output, failure_of(error, limits))
    if not isinstance(text, str) or len(text.encode(errors="replace")) > limits.output_bytes:
        message = f"The value has more than {limits.output_bytes} bytes as JSON."
        return Outcome(None, printed.output, Failure(FailureKind.OUTPUT, message))
    try:
        return Outcome(loads(text), printed.output)
    except ValueError:
        message = "The value is not JSON: NaN, infinities and integers of more than 1,000 digits are not allowed."
        return Outcome(None, printed.output, Failure(FailureKind.OUTPUT, message))


def _check(monty: "Monty", job: _Job, source: str, limits: Limits, stubs: str) -> tuple[Problem, ...]:
    from pydantic_monty import CollectString, MontyError  # noqa: PLC0415 - as above

    program = Program(source, "None", limits=limits)
    try:
        with _session(monty, program, limits, stubs=stubs) as session:
            if _begin(job, session, limits):
                try:
                    session.feed_run(source, print_callback=CollectString(limits.printed_bytes))
                finally:
                    job.end()
    except MontyError as error:
        return problems_of(error, limits)
    return ()


def _session(monty: "Monty", program: Program, limits: Limits, *, stubs: str | None = None) -> "MontySession":
    return monty.checkout(
        limits={
            "max_feed_duration_secs": limits.seconds,
            "max_memory": limits.memory_bytes,
            "max_recursion_depth": limits.call_depth,
            "max_suspensions": 1,
        },
        os_policy={
            "datetime": program.now or _EPOCH,
            "timezone": "utc",
            "sleep": "zero",
            "process_time": "zero",
            "random_start": {"seed": program.seed},
        },
        type_check=stubs is not None,
        type_check_stubs=stubs or None,
        type_check_format="concise",
    )


def _begin(job: _Job, session: "MontySession", limits: Limits) -> bool:
    pid = session.worker_pid
    if pid is not None:
        confine(pid, limits.memory_bytes)
    return job.begin(pid)


def _failed(kind: FailureKind, message: str) -> Outcome:
    return Outcome(None, "", Failure(kind, message))
