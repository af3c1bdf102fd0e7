"""An external agent without an event loop: what it sends, and a worker of threads that claims runs."""

import platform
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from retinue.client import calls, working
from retinue.client.calls import Retry
from retinue.client.connection import Connection
from retinue.client.errors import ApiError, ConnectionFailedError, RetinueError, WorkLostError
from retinue.client.models import Heartbeat, Report, Work
from retinue.client.working import SyncTask

_USUAL = Retry()
_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 5.0

Handler = Callable[[SyncTask], object]


class ExternalAgent:
    """An external agent with its own key."""

    def __init__(
        self, url: str, agent_id: str, key: str, *, retry: Retry = _USUAL, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the installation's URL, the agent's id and its key, or an API key with ``agents:act``."""
        self.agent_id = agent_id
        self._connection = Connection(url, key, retry=retry, transport=transport)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection."""
        self.close()

    def heartbeat(
        self, status: str = "online", *, cpu_percent: float | None = None, memory_bytes: int | None = None
    ) -> Heartbeat:
        """Tell that the agent is alive; ``status`` is online or error."""
        return self._connection.send(calls.heartbeat(self.agent_id, status, cpu_percent, memory_bytes))

    def claim(self, *, worker: str | None = None, wait_seconds: float = 0, lease_seconds: float = 60) -> Work | None:
        """Claim the next run; wait for one up to 30 seconds."""
        name = worker or platform.node() or "worker"
        return self._connection.send(calls.claim(self.agent_id, name[:100], wait_seconds, lease_seconds))

    def extend(self, work: Work, lease_seconds: float = 60) -> datetime:
        """Hold a run for longer; 0 gives it back. Raises ``WorkLostError``."""
        return self._connection.send(calls.extend(self.agent_id, work.run_id, work.lease, lease_seconds))

    def complete(self, work: Work, output: object, **answer: Any) -> None:  # noqa: ANN401 - fields of the API
        """Complete a run: also ``status="warning"`` with ``message``, ``usage``, ``external_execution_id``, ``logs``.

        Raises ``WorkLostError``.
        """
        self._connection.send(calls.complete(self.agent_id, work.run_id, work.lease, {"output": output, **answer}))

    def fail(self, work: Work, message: str, **answer: Any) -> None:  # noqa: ANN401 - as above
        """Fail a run: also ``code``, ``details``, ``usage``, ``logs``. Raises ``WorkLostError``."""
        self._connection.send(calls.fail(self.agent_id, work.run_id, work.lease, {"message": message, **answer}))

    def add_logs(self, run_id: str, lines: Sequence[dict[str, Any]]) -> None:
        """Write log lines of a run that is not over: {message, level, details, timestamp}."""
        self._connection.send(calls.add_logs(self.agent_id, run_id, lines))

    def add_thoughts(self, run_id: str, thoughts: Sequence[dict[str, Any]]) -> None:
        """Write thoughts of a run that is not over: {content, node_type, confidence_score, parent_node_id, metadata}."""
        self._connection.send(calls.add_thoughts(self.agent_id, run_id, thoughts))

    def report(self, *, status: str, **execution: Any) -> Report:  # noqa: ANN401 - as above
        """Report something that the agent has carried out by itself; ``status`` is success, warning or error.

        Also ``message``, ``details``, ``input``, ``output``, ``usage``, ``started_at``, ``completed_at``, ``logs``,
        ``thoughts``, and ``external_execution_id``, under which it is written once however often it is reported.
        """
        return self._connection.send(calls.report(self.agent_id, {"status": status, **execution}))

    def metrics(self, points: Sequence[dict[str, Any]]) -> int:
        """Report points of metrics: {metric_type, value, unit}; return how many were written."""
        return self._connection.send(calls.metrics(self.agent_id, points))

    def work(
        self,
        handler: Handler,
        *,
        concurrency: int = 1,
        lease_seconds: float = 60,
        worker: str | None = None,
        stop: threading.Event | None = None,
        measure: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Claim runs and have a handler carry them out in threads, until ``stop`` is set and those under way have ended.

        Heartbeats are sent and leases extended in that time. A handler that raises fails its run with the exception's text;
        ``TaskWarning`` completes it with a warning.
        """
        ended, problems = stop or threading.Event(), list[RetinueError]()
        name = worker or platform.node() or "worker"

        def claim_on(number: int) -> None:
            try:
                self._claim_on(handler, f"{name[:90]}#{number}", lease_seconds, ended)
            except RetinueError as error:
                problems.append(error)
                ended.set()

        threads = [threading.Thread(target=claim_on, args=(number,), daemon=True) for number in range(concurrency)]
        threads.append(threading.Thread(target=self._beat, args=(ended, measure), daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]

    def _beat(self, ended: threading.Event, measure: Callable[[], dict[str, Any]]) -> None:
        every = _PAUSE_SECONDS
        while not ended.is_set():
            with suppress(RetinueError):
                every = float(self.heartbeat(**measure()).every_seconds)
            ended.wait(every)

    def _claim_on(self, handler: Handler, worker: str, lease_seconds: float, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                work = self.claim(worker=worker, wait_seconds=_WAIT_SECONDS, lease_seconds=lease_seconds)
            except RetinueError as error:
                if working.is_final(error):
                    raise
                ended.wait(_PAUSE_SECONDS)
                continue
            if work is not None:
                self.carry_out(work, handler, lease_seconds=lease_seconds)

    def carry_out(self, work: Work, handler: Handler, *, lease_seconds: float = 60) -> None:
        """Have a handler carry out one run that was claimed, or sent to the webhook and accepted with 202."""
        task, done = SyncTask(work, self), threading.Event()
        holding = threading.Thread(target=self._hold, args=(task, done, lease_seconds), daemon=True)
        holding.start()
        try:
            outcome = working.completed(handler(task))
        except Exception as error:  # noqa: BLE001 - the border of the handler: its failure is the run's
            outcome = working.failed(error)
        finally:
            done.set()
        if not task.is_lost:
            self._end(work, outcome)

    def _end(self, work: Work, outcome: working.Outcome) -> None:
        try:
            self._connection.send(outcome.call(self.agent_id, work))
        except (WorkLostError, ConnectionFailedError):
            return  # another has the run, or will have it when the lease ends
        except (ApiError, TypeError, ValueError) as error:  # an output that is no JSON, or is not taken
            if outcome.is_completed:
                self._end(work, working.failed(error))

    def _hold(self, task: SyncTask, done: threading.Event, lease_seconds: float) -> None:
        while not done.wait(lease_seconds / 3):
            try:
                self.extend(task.work, lease_seconds)
            except WorkLostError:
                task.is_lost = True
                return
            except RetinueError:
                continue
