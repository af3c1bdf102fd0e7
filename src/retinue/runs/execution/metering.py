"""What an execution costs the machine: CPU time of its own Python work, and the process's memory while it went on.

CPU time is exact for the run's own task and for tools that run beside it: the thread's CPU clock is read around every
stretch between two waits. What the journal and the loop do for all runs together is nobody's. Memory is the process's, by
samples, because a Python process cannot tell whose an object is: the figure says how large the worker was, at most.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Coroutine, Generator
from contextlib import suppress
from pathlib import Path
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SAMPLE_SECONDS = 0.5
_STATM = Path("/proc/self/statm")
_KIBIBYTE = 1024


class Meter:
    """The meter of one execution."""

    def __init__(self, watch: "MemoryWatch") -> None:
        """Begin at nothing."""
        self.cpu_ns = 0
        self.peak_memory_bytes = watch.latest_bytes
        self._watch = watch
        self._task: asyncio.Task[Any] | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the execution's main work under the meter."""
        self._task = asyncio.current_task()
        self._watch.active.add(self)
        try:
            return await _metered(work, self)
        finally:
            self._watch.active.discard(self)

    async def measure_task(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work that may be done in a task of its own, whose time the main work's meter does not see."""
        if asyncio.current_task() is self._task:
            return await work
        return await _metered(work, self)

    @property
    def cpu_ms(self) -> int:
        """CPU time so far, in milliseconds."""
        return round(self.cpu_ns / 1_000_000)


@coroutine
def _metered(work: Coroutine[Any, Any, T], meter: Meter) -> Generator[Any, Any, T]:
    value: object = None
    error: BaseException | None = None
    while True:
        began = time.thread_time_ns()
        try:
            waits_for = work.send(value) if error is None else work.throw(error)
        except StopIteration as stop:
            return stop.value
        finally:
            meter.cpu_ns += time.thread_time_ns() - began
        value = error = None
        try:
            value = yield waits_for
        except GeneratorExit:
            work.close()
            raise
        except BaseException as thrown:  # noqa: BLE001 - handed on to the work, cancellation above all
            error = thrown


class MemoryWatch:
    """Samples the process's memory for every execution under way."""

    def __init__(self) -> None:
        """Take a first sample."""
        self.active: set[Meter] = set()
        self.latest_bytes = resident_bytes()

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await asyncio.sleep(_SAMPLE_SECONDS)
            if not self.active:
                continue
            self.latest_bytes = resident_bytes()
            for meter in self.active:
                meter.peak_memory_bytes = max(meter.peak_memory_bytes, self.latest_bytes)


def resident_bytes() -> int:
    """Return the process's resident memory; where the system tells no present figure, its peak."""
    with suppress(OSError, ValueError, IndexError):
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIBIBYTE
