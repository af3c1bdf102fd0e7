"""Fixtures of the tests of alerts: a clock that is moved by hand, runs that ended, and real receivers."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
import pytest
from aiohttp import web

from retinue.alerts import engine, sending, tasks
from retinue.alerts.feature import feature
from retinue.core.ids import new_id
from retinue.core.timers import Ticker
from retinue.process import Process
from tests.cast import Cast, assemble
from tests.client import Client, Response
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.runs.scene import Scene
from tests.serving import serve
from tests.smtp_receiver import Mailbox, open_mailbox

_MINUTE = timedelta(minutes=1)
MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    """Give the database's clock, at a Monday morning."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM due_timers")
        owner.execute("UPDATE alert_configs SET next_eval_at = NULL")  # of earlier tests, whose clock was another
        owner.execute("UPDATE alert_deliveries SET state = 'dead' WHERE state IN ('queued', 'sending', 'grouped')")
        owner.execute(
            "UPDATE alert_engine SET last_sweep_at = %s, resumed_at = NULL, last_ping_at = 'epoch'", (MONDAY - _MINUTE,)
        )
        with hand_clock(owner, MONDAY) as hand:
            yield hand


@dataclass
class Receiver:
    """An HTTP server that receives webhooks. ``answers`` are given in turn, the last one from then on."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=lambda: [(200, "ok", {})])

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        status, text, headers = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return web.Response(status=status, text=text, headers=headers)

    @property
    def bodies(self) -> list[Any]:
        """What arrived, as JSON."""
        return [orjson.loads(body) for _, body in self.requests]

    @property
    def types(self) -> list[str]:
        """The types of the events that arrived."""
        return [each["type"] for each in self.bodies]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Give a receiver of webhooks."""
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield found
    finally:
        await runner.cleanup()


@dataclass
class Bell:
    """Makes rules of Acme and runs that ended, and is the worker that evaluates and sends."""

    scene: Scene
    clock: HandClock
    agent: str

    @property
    def anna(self) -> Client:
        """Anna, who manages agents."""
        return self.scene.cast.anna.http

    async def post(self, conditions: Any, **fields: Any) -> Response:
        """Send a rule about the agent, unless another scope is given."""
        body = {"name": "Rule", "conditions": conditions, "agent_id": self.agent} | fields
        if fields.get("agent_id", "") is None:
            del body["agent_id"]
        return await self.anna.post("/alert-configs", json=body)

    async def rule(self, conditions: Any, **fields: Any) -> str:
        """Create a rule; return its id."""
        made = await self.post(conditions, **fields)
        assert made.status == 201, made.text
        return str(made.json["id"])

    async def webhook(self, receiver: Receiver, name: str = "hook", **fields: Any) -> Any:
        """Create a webhook channel; return what was answered."""
        body = {"kind": "webhook", "name": name, "url": receiver.url} | fields
        made = await self.anna.post("/alert-channels", json=body)
        assert made.status == 201, made.text
        return made.json

    async def ended(self, status: str = "failed", *, agent: str | None = None, **fields: Any) -> str:
        """Have a run of the agent end now; return its id."""
        run_id = str(new_id())
        values = {
            "id": run_id,
            "organization_id": self.scene.cast.acme,
            "type": "agent",
            "target_id": agent or self.agent,
            "target_name": "Scribe",
            "agent_id": agent or self.agent,
            "status": status,
            "trigger": "manual",
            "plan": "{}",
            "input": "{}",
            "trace_id": run_id,
            "error_message": "It broke." if status == "failed" else None,
            "duration_ms": 1000,
            "started_at": self.clock.instant - timedelta(seconds=1),
            "completed_at": self.clock.instant,
            "created_at": self.clock.instant - timedelta(seconds=1),
        } | fields
        columns = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        await self.scene.owner(f"INSERT INTO runs ({columns}) VALUES ({places})", *values.values())  # noqa: S608 - names of columns
        return run_id

    async def ends(self, *statuses: str, seconds: float = 1) -> None:
        """Have runs end one after the other, and the rules be evaluated after each."""
        for status in statuses:
            self.clock.move(seconds=seconds)
            await self.ended(status)
            await self.look()

    async def look(self) -> None:
        """Evaluate all rules of Acme now."""
        statement = "UPDATE alert_configs SET next_eval_at = tenant.now() WHERE enabled AND organization_id = %s"
        await self.scene.owner(statement, self.scene.cast.acme)
        await self.sweep()

    async def sweep(self) -> None:
        """Evaluate the rules that are due."""
        await engine.sweep(self.scene.process.database)

    async def deliver(self) -> None:
        """Send what is due."""
        await sending.deliver(self.scene.process.database)
        await sending.postman_of(self.scene.process.database).settle()

    async def pass_time(self, **by: float) -> None:
        """Move the clock, evaluate what is due and send what is due then."""
        self.clock.move(**by)
        await self.sweep()
        await self.deliver()

    async def tick(self) -> None:
        """Bring about the timers that are due."""
        ticker = Ticker(self.scene.process.database, feature.timers)
        await ticker.drain()
        await ticker.settle()

    async def reconcile(self) -> None:
        """Do what workers do once a minute."""
        await tasks.reconcile(self.scene.process.database)

    @asynccontextmanager
    async def superuser(self) -> AsyncGenerator[Client]:
        """Give Adam's client, as a superuser's."""
        adam = self.scene.cast.adam
        statement = "UPDATE users SET is_superuser = %s WHERE id = %s"
        await self.scene.owner(statement, True, adam.user_id)
        try:
            yield adam.http
        finally:
            await self.scene.owner(statement, False, adam.user_id)

    async def alerts(self, **query: str) -> list[Any]:
        """List Acme's alerts, as Vera."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        page = await self.scene.cast.vera.http.get(f"/alerts?limit=200&{text}")
        assert page.status == 200, page.text
        return list(page.json["items"])

    async def firing(self) -> list[Any]:
        """List Acme's alerts that are not resolved."""
        return await self.alerts(firing="true")

    async def history(self, alert_id: str) -> Any:
        """Read an alert with its events and deliveries, as Vera."""
        found = await self.scene.cast.vera.http.get(f"/alerts/{alert_id}")
        assert found.status == 200, found.text
        return found.json

    async def events(self, alert_id: str) -> list[str]:
        """Return what happened to an alert."""
        return [each["type"] for each in (await self.history(alert_id))["events"]]

    async def deliveries(self, alert_id: str) -> list[tuple[str, str, str | None]]:
        """Return event, state and reason of what was to be sent about an alert."""
        found = (await self.history(alert_id))["deliveries"]
        return [(each["event_type"], each["state"], each["reason"]) for each in found]


@pytest.fixture
async def bell(clock: HandClock, cast: Cast, process: Process, postgres: Postgres) -> Bell:
    """Give a bell."""
    scene = Scene(cast, process, postgres)
    return Bell(scene, clock, await scene.agent("Done.", name="Scribe"))


@pytest.fixture
async def pinging(environ: dict[str, str]) -> AsyncIterator[Callable[[str], Awaitable[Process]]]:
    """Give what starts a process that tells a monitor at a URL that rules are evaluated."""
    started: list[Process] = []

    async def start(url: str) -> Process:
        process = Process(environ | {"RETINUE_ALERT_PING_URL": url})
        await process.start(is_serving=False)
        started.append(process)
        return process

    yield start
    for each in started:
        await each.stop()


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Give a real SMTP server."""
    found, controller = open_mailbox()
    try:
        yield found
    finally:
        controller.stop()


@pytest.fixture(scope="session")
async def mailing(environ: dict[str, str], mailbox: Mailbox) -> AsyncIterator[tuple[Process, Client]]:
    """Give a process that sends e-mail to the server, and its HTTP application."""
    settings = {
        "RETINUE_SMTP_HOST": "127.0.0.1",
        "RETINUE_SMTP_PORT": str(mailbox.port),
        "RETINUE_SMTP_SECURITY": "none",
        "RETINUE_SMTP_FROM": "Retinue <retinue@example.com>",
    }
    process = Process(environ | settings)
    await process.start()
    try:
        async with serve(process) as client:
            yield process, client
    finally:
        await process.stop()


@pytest.fixture
async def mailed(
    clock: HandClock, mailing: tuple[Process, Client], mailbox: Mailbox, postgres: Postgres
) -> AsyncIterator[Bell]:
    """Give a bell whose process sends e-mail."""
    process, client = mailing
    scene = Scene(await assemble(process, client), process, postgres)
    mailbox.messages.clear()
    mailbox.refusal = None
    yield Bell(scene, clock, await scene.agent("Done.", name="Scribe"))
    mailbox.refusal = None
