"""Entry point of the worker process: carries out runs, and whatever the packages do periodically or on news of others.

Any number of workers run on one database. One that is told to stop (SIGTERM, SIGINT) claims nothing more, gives its runs
the configured grace, and puts back what has not ended by then; one that dies is noticed by its missing heartbeat.
"""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from retinue import __version__
from retinue.agents.variables.service import AgentVariables
from retinue.budgets.guard import BudgetGuard
from retinue.core import outbox as events
from retinue.core import timers
from retinue.core.clock import told
from retinue.core.db.liveness import checked_connection
from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.dispatch.repository_workers import WorkerProcess, beat, leave
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.feature import Periodic
from retinue.core.ids import new_id
from retinue.core.logging import get_logger
from retinue.core.periodic import LOOK_SECONDS, repeat, repeat_pending
from retinue.core.readiness import Readiness
from retinue.core.telemetry.server import served
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.engine.compile.agent import compile_agent
from retinue.features import FEATURES
from retinue.integrations.n8n.runner import run_n8n
from retinue.llm.clients import ChatModels
from retinue.process import Process
from retinue.runs.artifacts.service import StoredArtifacts
from retinue.runs.execution.execute import execute_run
from retinue.runs.execution.journal import Journal
from retinue.runs.execution.runners.external import run_external
from retinue.runs.execution.runners.hosted import run_hosted
from retinue.runs.execution.services import ExecutionServices

_log = get_logger(__name__)

_HEARTBEATS_A_LISTING = 5
"""People and health checks read the list of workers, which may lag; what runs depend on is dispatch's own heartbeat."""
_LAG_PROBE_SECONDS = 0.5
_LAG_WORTH_TELLING_SECONDS = 1.0
_YOUNG_OBJECTS = 20_000
"""Objects between two collections of the youngest generation: runs make many that live for one step. See decision 0004."""


async def work(environ: Mapping[str, str], ready: Callable[[], None], *, listener: socket.socket | None = None) -> None:
    """Work until told to stop; ``ready`` is called once runs can be claimed. Raises ``SettingsError`` for a bad setting.

    Metrics and health are served on ``listener``, else on the port of the settings, if there is one.
    """
    process = Process(environ)
    stopped = asyncio.Event()
    compile_agent()
    status = served(
        process.resources.telemetry,
        process.resources.settings_of(TelemetrySettings),
        Readiness(process.checks(), process.remarks()).ask,
        listener,
    )
    async with opened(process, committed=crash_hook(environ)) as execution, status:
        # Only from here on: a signal ends a worker that is still starting at once, whatever does not answer it.
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        gc.collect()
        gc.freeze()  # what was imported lives as long as the process; collections need not look at it again
        gc.set_threshold(_YOUNG_OBJECTS, 50, 100)
        async with asyncio.TaskGroup() as tasks:
            services = [tasks.create_task(each) for each in services_of(process, execution)]
            ready()
            await stopped.wait()
            _log.info("worker.stopping")
            for service in services:
                service.cancel()


@asynccontextmanager
async def opened(process: Process, *, committed: Callable[[], None] | None = None) -> AsyncGenerator[ExecutionServices]:
    """Open a process's parts for working, and put its execution together."""
    await process.start(is_serving=False, is_working=True)
    models = ChatModels(process.database)
    journal = Journal(process.database, process.bus, committed=committed)
    guard = BudgetGuard(process.database, committed=committed)
    try:
        await guard.start()
        await models.start()
        await journal.start()
        yield ExecutionServices(
            database=process.database,
            journal=journal,
            feed=process.bus,
            model=models,
            tools=process.tool_invoker,
            artifacts=StoredArtifacts(process.resources.storage),
            secrets=AgentVariables(process.database),
            runners={"hosted": run_hosted, "external": run_external, "n8n": run_n8n},
            clock=process.database.clock,
            worker=worker_name(),
            spending=guard,
        )
    finally:
        await guard.stop()
        await journal.stop()
        await models.stop()
        await process.stop()


def worker_name() -> str:
    """Name this worker by its host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def services_of(process: Process, execution: ExecutionServices) -> list[Coroutine[Any, Any, None]]:
    """Return all that a worker does, each until it is cancelled."""
    concurrency = process.resources.settings_of(DispatchSettings).worker_concurrency
    handler = partial(execute_run, execution)
    pump = events.Pump(process.database, events.gather(*(feature.listens for feature in FEATURES)))
    process.bus.on_events_ready = pump.wake
    ticker = timers.Ticker(process.database, timers.gather(*(feature.timers for feature in FEATURES)))
    process.bus.on_timer_set = ticker.wake
    periodic = [each for feature in FEATURES for each in feature.periodic]
    periodic.append(Periodic(events.PENDING, LOOK_SECONDS, pump.look, when_pending=True))
    return [
        process.resources.dispatch.run_worker(handler, concurrency, execution.take),
        pump.run(),
        ticker.run(),
        stay_known(process, WorkerProcess(new_id(), worker_name(), __version__, concurrency)),
        execution.memory.run(),
        watch_loop(),
        repeat_pending(process.database, process.clock, [each for each in periodic if each.when_pending]),
        *(repeat(process.database, process.clock, each) for each in periodic if not each.when_pending),
    ]


async def stay_known(process: Process, worker: WorkerProcess) -> None:
    """Give signs of life until cancelled, then leave the list of workers."""
    interval = process.resources.settings_of(DispatchSettings).worker_heartbeat_seconds * _HEARTBEATS_A_LISTING
    try:
        while True:
            try:
                async with checked_connection(process.database.pool) as connection:
                    await beat(connection, worker, process.clock)
                if process.clock.is_off:
                    _log.error("worker.clock_off", clock=f"{told(process.clock.skew_seconds)} the database's")
            except CONNECTION_ERRORS as error:
                _log.warning("worker.heartbeat_failed", error=str(error).strip())
            await asyncio.sleep(interval)
    finally:
        with suppress(*CONNECTION_ERRORS):
            async with checked_connection(process.database.pool) as connection:
                await leave(connection, worker.id)


async def watch_loop() -> None:
    """Tell when the loop was blocked for so long that others might soon take this worker for dead."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_PROBE_SECONDS
        await asyncio.sleep(_LAG_PROBE_SECONDS)
        lag = loop.time() - due
        if lag > _LAG_WORTH_TELLING_SECONDS:
            _log.warning("worker.loop_blocked", seconds=round(lag, 1))


def crash_hook(environ: Mapping[str, str]) -> Callable[[], None] | None:
    """Make the worker kill itself after its n-th commit; for crash tests, and only where they say that they are tests."""
    count = environ.get("RETINUE_CRASH_AFTER_COMMIT")
    if not count or environ.get("RETINUE_TEST_HOOKS") != "on":
        return None
    left = int(count)

    def committed() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return committed
