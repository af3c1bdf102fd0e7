"""The ground of the crash tests: real worker processes that can be killed, and a counter outside that sees what they did.

Workers are forked from a process that has imported everything and opened nothing, so that a new one is there at once.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

import psycopg
from aiohttp import web
from cryptography.fernet import Fernet
from psycopg.types.json import Jsonb

from retinue.core.context import Tx
from retinue.core.ids import RunId, new_id
from retinue.core.json import Json, JsonObject
from retinue.engine.plan import write_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan
from tests.conftest import Postgres

SCRIPTED = "00000000-0000-0000-0000-000000000002"
_START_SECONDS = 30.0
_OVER = frozenset({"completed", "failed", "cancelled"})


def _serve(environ: dict[str, str], pipe: Connection) -> None:
    import uvloop  # noqa: PLC0415 - in the child only

    from retinue.core.logging import configure  # noqa: PLC0415
    from retinue.worker import work  # noqa: PLC0415

    configure("error", "text")
    uvloop.run(work(environ, lambda: pipe.send("ready")))


def _serve_api(environ: dict[str, str], port: int) -> None:
    import uvicorn  # noqa: PLC0415 - in the child only

    from retinue.api import create_app  # noqa: PLC0415
    from retinue.core.logging import configure  # noqa: PLC0415
    from retinue.process import Process  # noqa: PLC0415

    configure("error", "text")
    uvicorn.run(create_app(Process(environ)), port=port, log_level="error", access_log=False, ws="none")


def _forking() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["retinue.worker", "retinue.api", "tests.crash.ground"])
    return context


@dataclass
class Child:
    """A worker or an API, as a process of its own."""

    process: Any

    @property
    def pid(self) -> int:
        """Its process id."""
        return int(self.process.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def gone(self) -> None:
        """Wait until it has ended."""
        await asyncio.to_thread(self.process.join, _START_SECONDS)
        assert not self.process.is_alive()


@dataclass(frozen=True)
class Call:
    """A call that reached the counter: which tool, with which number, under which idempotency key."""

    tool: str
    number: int
    key: str | None


@dataclass
class Counter:
    """Something outside, of whose state a crash takes nothing back. ``on_call`` is awaited before it answers."""

    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    on_call: Callable[[Call], Awaitable[None]] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Count a call and answer with its number."""
        number = int(request.match_info["number"])
        call = Call(request.match_info["tool"], number, request.headers.get("Idempotency-Key"))
        self.calls.append(call)
        if self.on_call is not None:
            await self.on_call(call)
        return web.json_response({"number": number})

    def numbers(self, tool: str) -> list[int]:
        """Return the numbers a tool was called with, in order."""
        return [call.number for call in self.calls if call.tool == tool]


@dataclass
class Ground:
    """One organization in a database of its own, its workers, and the counter."""

    postgres: Postgres
    environ: dict[str, str]
    organization_id: Any
    counter: Counter
    children: list[Child] = field(default_factory=list[Child])
    forking: ForkServerContext = field(default_factory=_forking)

    async def worker(self, **environ: str) -> Child:
        """Start a worker and wait until it claims runs."""
        here, there = self.forking.Pipe()
        process = self.forking.Process(target=_serve, args=({**self.environ, **environ}, there), daemon=True)
        process.start()
        there.close()
        worker = Child(process)
        self.children.append(worker)
        ready = await asyncio.to_thread(here.poll, _START_SECONDS)
        assert ready, "the worker did not become ready"
        here.close()
        return worker

    def api(self, port: int) -> Child:
        """Start an API on a port; it answers a little later."""
        process = self.forking.Process(target=_serve_api, args=(self.environ, port), daemon=True)
        process.start()
        self.children.append(Child(process))
        return self.children[-1]

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        with psycopg.connect(self.postgres.owner_url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def start(
        self, turns: Sequence[Mapping[str, Json]], tools: Sequence[ToolPlan], *, limits: JsonObject | None = None
    ) -> RunId:
        """Start a run of the scripted model."""
        model = ModelSpec(SCRIPTED, "scripted", "script", None, {"script": {"turns": [dict(turn) for turn in turns]}})
        plan = AgentPlan(str(new_id()), 1, "Scribe", "", model, tuple(tools), limits or {}, {})
        return self.start_plan("agent", write_plan(plan))

    def start_plan(self, kind: str, plan: JsonObject, given: JsonObject | None = None) -> RunId:
        """Start a run of a plan as it is stored, with an input."""
        run_id = RunId(new_id())
        with psycopg.connect(self.postgres.owner_url) as connection:
            connection.execute(
                "INSERT INTO runs (id, organization_id, type, target_id, target_name, trigger, plan, input, trace_id)"
                " VALUES (%s, %s, %s, %s, 'Scribe', 'manual', %s, %s, 't')",
                (run_id, self.organization_id, kind, new_id(), Jsonb(plan), Jsonb(given or {"prompt": "Go."})),
            )
        return run_id

    def tool(self, name: str, method: str, effect: str) -> ToolPlan:
        """Make a tool that calls the counter."""
        tool_id = new_id()
        configuration: JsonObject = {"method": method, "url": f"{self.counter.url}/{name}/{{number}}"}
        schema: JsonObject = {"type": "object", "properties": {"number": {"type": "integer"}}}
        values = (tool_id, self.organization_id, name, Jsonb(configuration), Jsonb(schema), effect)
        with psycopg.connect(self.postgres.owner_url) as connection:
            connection.execute(
                "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect)"
                " VALUES (%s, %s, %s, 'api', %s, %s, %s)",
                values,
            )
        return ToolPlan(str(tool_id), name, name, "api", schema, configuration, {}, effect, False, 20.0)

    async def status(self, run_id: RunId, *wanted: str, seconds: float = 40.0) -> str:
        """Wait until a run has one of the statuses; by default, until it is over or waits."""
        among = frozenset(wanted) or _OVER | {"waiting"}
        async with asyncio.timeout(seconds):
            while (found := self.rows("SELECT status FROM runs WHERE id = %s", run_id)[0][0]) not in among:
                await asyncio.sleep(0.03)
        return str(found)

    async def settle(self, run_id: RunId) -> str:
        """Wait until a run is over; when the outcome of a call is unknown, a person reads the counter and decides."""
        while (status := await self.status(run_id)) == "waiting":
            self.answer(run_id)
        return status

    def answer(self, run_id: RunId) -> None:
        """Approve what a run asks for; of a call that the counter has seen, give the result."""
        pending = "SELECT id, tool_name, arguments FROM approvals WHERE run_id = %s AND status = 'pending'"
        for approval_id, name, arguments in self.rows(pending, run_id):
            was_made = arguments["number"] in self.counter.numbers(name)
            decision: JsonObject = {"decision": "approve"}
            if was_made:
                decision["result"] = {"number": arguments["number"]}
            decide = "SELECT 1 FROM control.decide(%s, 'approved', %s, NULL, NULL)"
            self.rows(decide, approval_id, Jsonb(decision))

    async def settle_family(self, run_id: RunId) -> str:
        """Do what ``settle`` does, for a run that also waits for runs which it has started."""
        waits = "SELECT waiting_reason FROM runs WHERE id = %s"
        while await self.status(run_id) == "waiting":
            if self.rows(waits, run_id)[0][0] == "members":
                await asyncio.sleep(0.03)
            else:
                await self.settle(run_id)
        return await self.settle(run_id)

    def unfinished(self) -> int:
        """Count the runs that go on or are to begin."""
        statement = "SELECT count(*) FROM runs WHERE organization_id = %s AND status IN ('pending', 'running')"
        return int(self.rows(statement, self.organization_id)[0][0])

    def check_record(self, run_id: RunId, *, steps: int) -> None:
        """Require what ``check_record_of_steps`` does, and that no run goes on any more."""
        self.check_record_of_steps(run_id, steps=steps)
        assert self.unfinished() == 0

    def check_record_of_steps(self, run_id: RunId, *, steps: int) -> None:
        """Require that each step is recorded once and the events have no gap."""
        found = self.rows("SELECT status FROM run_steps WHERE run_id = %s", run_id)
        assert [status for (status,) in found] == ["completed"] * steps
        events = self.rows("SELECT sequence, type FROM run_event_stream WHERE run_id = %s ORDER BY sequence", run_id)
        assert [sequence for sequence, _ in events] == list(range(1, len(events) + 1))
        kinds = [kind for _, kind in events]
        assert kinds.count("step.completed") == steps
        assert kinds.count("run.completed") == 1


def free_port() -> int:
    """Return a port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def counting() -> AsyncGenerator[Counter]:
    """Serve a counter on loopback."""
    counter = Counter()
    application = web.Application()
    application.router.add_route("*", "/{tool}/{number}", counter.answer)
    server = web.AppRunner(application, handler_cancellation=True)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    counter.url = f"http://127.0.0.1:{server.addresses[0][1]}"
    try:
        yield counter
    finally:
        await server.cleanup()


@asynccontextmanager
async def grounded(postgres: Postgres, data_dir: str) -> AsyncGenerator[Ground]:
    """Give a fresh organization in a database where no one else's workers work."""
    organization_id = new_id()
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO organizations (id, name, slug) VALUES (%s, 'Acme', %s)", (organization_id, str(organization_id))
        )
    environ = {
        "DATABASE_URL": postgres.owner_url,
        "RETINUE_APP_DATABASE_URL": postgres.app_url,
        "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
        "RETINUE_DATA_DIR": data_dir,
        "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1",
        "RETINUE_WORKER_HEARTBEAT_SECONDS": "0.3",
        "RETINUE_WORKER_STALL_SECONDS": "1.5",
        "RETINUE_WORKER_POLL_SECONDS": "0.1",
        "RETINUE_WORKER_GRACE_SECONDS": "1",
        "RETINUE_TEST_HOOKS": "on",
    }
    async with counting() as counter:
        ground = Ground(postgres, environ, organization_id, counter)
        try:
            yield ground
        finally:
            for child in ground.children:
                if child.process.is_alive():
                    child.signal(signal.SIGKILL)
                await child.gone()


def kill_at(number: int, place: str) -> None:
    """Have this process die at its so-manieth commit from now on."""
    commit, count = psycopg.AsyncConnection.commit, 0

    async def counted(connection: Tx) -> None:
        nonlocal count
        count += 1
        if count == number and place == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(connection)
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    psycopg.AsyncConnection.commit = counted  # type: ignore[method-assign] # in a child that dies of it
