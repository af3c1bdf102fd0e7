"""An external agent in an event loop: what it sends, and a worker that claims runs and carries them out."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from retinue.client import calls, working
from retinue.client.async_connection import AsyncConnection
from retinue.client.calls import Retry
from retinue.client.errors import ApiError, ConnectionFailedError, RetinueError, WorkLostError
from retinue.client.models import Heartbeat, Report, Work

_USUAL = Retry()
_WAIT_SECONDS = 20.0
_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class Task(working.HeldRun):
    """A run that a handler carries out. ``is_lost``: it is no longer held, and its result will not be taken."""

    work: Work
    agent: "AsyncExternalAgent"
    is_lost: bool = False

    async def log(self, message: str, *, level: str = "info", details: dict[str, Any] | None = None) -> None:
        """Write a line to the run's log."""
        await self.agent.add_logs(self.run_id, [{"message": message, "level": level, "details": details}])

    async def think(self, content: str, *, node_type: str = "processing", **fields: Any) -> None:  # noqa: ANN401 - of the API
        """Show what the agent thinks: also ``confidence_score``, ``parent_node_id``, ``node_id``, ``metadata``."""
        await self.agent.add_thoughts(self.run_id, [{"content": content, "node_type": node_type, **fields}])


Handler = Callable[[Task], Awaitable[object]]
"""Returns the output of the run: a document or a text."""


class AsyncExternalAgent:
    """An external agent with its own key."""

    def __init__(
        self,
        url: str,
        agent_id: str,
        key: str,
        *,
        retry: Retry = _USUAL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the installation's URL, the agent's id and its key, or an API key with ``agents:act``."""
        self.agent_id = agent_id
        self._connection = AsyncConnection(url, key, retry=retry, transport=transport)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self.close()

    async def heartbeat(
        self, status: str = "online", *, cpu_percent: float | None = None, memory_bytes: int | None = None
    ) -> Heartbeat:
        """Tell that the agent is alive; ``status`` is online or error."""
        return await self._connection.send(calls.heartbeat(self.agent_id, status, cpu_percent, memory_bytes))

    async def claim(self, *, worker: str | None = None, wait_seconds: float = 0, lease_seconds: float = 60) -> Work | None:
        """Claim the next run; wait for one up to 30 seconds."""
        name = worker or platform.node() or "worker"
        return await self._connection.send(calls.claim(self.agent_id, name[:100], wait_seconds, lease_seconds))

    async def extend(self, work: Work, lease_seconds: float = 60) -> datetime:
        """Hold a run for longer; 0 gives it back. Raises ``WorkLostError``."""
        return await self._connection.send(calls.extend(self.agent_id, work.run_id, work.lease, lease_seconds))

    async def complete(self, work: Work, output: object, **answer: Any) -> None:  # noqa: ANN401 - fields of the API
        """Complete a run: also ``status="warning"`` with ``message``, ``usage``, ``external_execution_id``, ``logs``.

        Raises ``WorkLostError``.
        """
        document = {"output": output, **answer}
        await self._connection.send(calls.complete(self.agent_id, work.run_id, work.lease, document))

    async def fail(self, work: Work, message: str, **answer: Any) -> None:  # noqa: ANN401 - as above
        """Fail a run: also ``code``, ``details``, ``usage``, ``logs``. Raises ``WorkLostError``."""
        document = {"message": message, **answer}
        await self._connection.send(calls.fail(self.agent_id, work.run_id, work.lease, document))

    async def add_logs(self, run_id: str, lines: Sequence[dict[str, Any]]) -> None:
        """Write log lines of a run that is not over: {message, level, details, timestamp}."""
        await self._connection.send(calls.add_logs(self.agent_id, run_id, lines))

    async def add_thoughts(self, run_id: str, thoughts: Sequence[dict[str, Any]]) -> None:
        """Write thoughts of a run that is not over: {content, node_type, confidence_score, parent_node_id, metadata}."""
        await self._connection.send(calls.add_thoughts(self.agent_id, run_id, thoughts))

    async def report(self, *, status: str, **execution: Any) -> Report:  # noqa: ANN401 - as above
        """Report something that the agent has carried out by itself; ``status`` is success, warning or error.

        Also ``message``, ``details``, ``input``, ``output``, ``usage``, ``started_at``, ``completed_at``, ``logs``,
        ``thoughts``, and ``external_execution_id``, under which it is written once however often it is reported.
        """
        return await self._connection.send(calls.report(self.agent_id, {"status": status, **execution}))

    async def metrics(self, points: Sequence[dict[str, Any]]) -> int:
        """Report points of metrics: {metric_type, value, unit}; return how many were written."""
        return await self._connection.send(calls.metrics(self.agent_id, points))

    async def beat(self, measure: Callable[[], dict[str, Any]] = dict) -> None:
        """Send heartbeats, as often as they are expected, until cancelled. ``measure`` returns their fields."""
        every = float(_PAUSE_SECONDS)
        while True:
            with suppress(RetinueError):
                every = (await self.heartbeat(**measure())).every_seconds
            await asyncio.sleep(every)

    async def work(
        self,
        handler: Handler,
        *,
        concurrency: int = 1,
        lease_seconds: float = 60,
        worker: str | None = None,
        measure: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Claim runs and have a handler carry them out, until cancelled; send heartbeats and extend leases.

        A handler that raises fails its run with the exception's text; ``TaskWarning`` completes it with a warning. A
        handler whose run was lost is cancelled. When ``work`` is cancelled, runs under way are given back.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.beat(measure))
            for number in range(concurrency):
                name = worker or platform.node() or "worker"
                group.create_task(self._claim_on(handler, f"{name[:90]}#{number}", lease_seconds))

    async def _claim_on(self, handler: Handler, worker: str, lease_seconds: float) -> None:
        while True:
            try:
                work = await self.claim(worker=worker, wait_seconds=_WAIT_SECONDS, lease_seconds=lease_seconds)
            except RetinueError as error:
                if working.is_final(error):
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if work is not None:
                await self.carry_out(work, handler, lease_seconds=lease_seconds)

    async def carry_out(self, work: Work, handler: Handler, *, lease_seconds: float = 60) -> None:
        """Have a handler carry out one run that was claimed, or sent to the webhook and accepted with 202."""
        task = Task(work, self)
        running = asyncio.ensure_future(_called(handler, task))
        holding = asyncio.create_task(self._hold(task, running, lease_seconds))
        try:
            outcome = await running
        except asyncio.CancelledError:
            if task.is_lost and not _is_cancelling():
                return
            running.cancel()
            with suppress(RetinueError):
                await self.extend(work, 0)
            raise
        except Exception as error:  # noqa: BLE001 - the border of the handler: its failure is the run's
            outcome = working.failed(error)
        finally:
            holding.cancel()
        await self._end(work, outcome)

    async def _end(self, work: Work, outcome: working.Outcome) -> None:
        try:
            await self._connection.send(outcome.call(self.agent_id, work))
        except (WorkLostError, ConnectionFailedError):
            return  # another has the run, or will have it when the lease ends
        except (ApiError, TypeError, ValueError) as error:  # an output that is no JSON, or is not taken
            if outcome.is_completed:
                await self._end(work, working.failed(error))

    async def _hold(self, task: Task, running: "asyncio.Future[Any]", lease_seconds: float) -> None:
        while True:
            await asyncio.sleep(lease_seconds / 3)
            try:
                await self.extend(task.work, lease_seconds)
            except WorkLostError:
                task.is_lost = True
                running.cancel()
                return
            except RetinueError:
                continue


async def _called(handler: Handler, task: Task) -> working.Outcome:
    return working.completed(await handler(task))


def _is_cancelling() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0
