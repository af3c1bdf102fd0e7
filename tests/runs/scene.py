"""A scene for tests through the API: the cast, agents that follow scripts, and a worker beside the server."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson
import psycopg

from retinue.agents.variables.service import AgentVariables
from retinue.budgets.guard import BudgetGuard
from retinue.core.clock import SystemClock
from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.engine.ports import ChatModel, DeltaSink, ModelRequest, ModelResponse, ToolInvocation, ToolResult
from retinue.integrations.n8n.runner import run_n8n
from retinue.llm.scripted import ScriptedChatModel
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from retinue.runs.artifacts.service import StoredArtifacts
from retinue.runs.execution.execute import execute_run
from retinue.runs.execution.journal import Journal
from retinue.runs.execution.runners.external import run_external
from retinue.runs.execution.runners.hosted import run_hosted
from retinue.runs.execution.services import ExecutionServices
from retinue.tools.invoke import Invoker
from tests.cast import Cast
from tests.client import Client, Response
from tests.conftest import Postgres
from tests.runs.workshop import NoSecrets, ScriptedTools

OVER = {"completed", "failed", "cancelled"}


@dataclass
class Gate:
    """A place in a run at which it stands until it is let through: a tool that waits."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0

    async def tool(self, _arguments: Any) -> ToolResult:
        self.calls += 1
        self.reached.set()
        await self.opened.wait()
        return ToolResult("through")

    async def wait(self) -> None:
        async with asyncio.timeout(60):
            await self.reached.wait()


@dataclass
class Reciter:
    """A scripted model that falls silent in mid answer, at the mark, until the test lets it go on.

    The turn says its words one by one (``tokens_per_second``), so that those before the mark are told.
    """

    gate: Gate = field(default_factory=Gate)

    MARK: ClassVar[str] = "…"

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        behind: list[tuple[str, str]] = []

        def told(kind: str, text: str) -> None:
            if behind or self.MARK in text:
                behind.append((kind, text))
            else:
                on_delta(kind, text)

        answer = await ScriptedChatModel().complete(request, told)
        if behind:
            self.gate.reached.set()
            await self.gate.opened.wait()
        for kind, text in behind:
            on_delta(kind, text)
        return answer


@dataclass(frozen=True)
class Sent:
    """One server-sent event."""

    event: str
    id: int | None
    data: Any


@dataclass
class Scene:
    """What a test plays on."""

    cast: Cast
    process: Process
    postgres: Postgres
    tools: dict[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])

    async def agent(self, *turns: Any, tools: tuple[str, ...] = (), **fields: Any) -> str:
        """Make an agent of Acme that says its turns: texts, or {"tool_calls": …} and the like; return its id.

        ``tools`` are names of functions of the scene; ``send:approval`` asks first, ``pay:dangerous`` is not repeated.
        """
        http = self.cast.anna.http
        config = fields.pop("config", {})
        script = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns]}
        config["model"] = {"provider_id": str(SCRIPTED_ID)}
        config["parameters"] = {"script": script}
        config["tools"] = [await self._tool(name) for name in tools]
        body = {"name": fields.pop("name", "Scribe"), "status": "active", "config": config}
        body["deployment_config"] = fields.pop("deployment", {})
        response = await http.post("/agents", json=body | fields)
        assert response.status == 201, response.text
        return str(response.json["id"])

    async def _tool(self, name: str) -> JsonObject:
        name, _, mark = name.partition(":")
        effect = "dangerous" if mark == "dangerous" else "read_only"
        properties: JsonObject = {"text": {"type": "string"}}
        body = {
            "name": name,
            "tool_type": "api",
            "effect": effect,
            "configuration": {"method": "GET", "url": "https://tools.example.com/"},
            "parameters_schema": {"type": "object", "properties": properties, "additionalProperties": False},
        }
        response = await self.cast.adam.http.post("/tools", json=body)
        assert response.status in (201, 409), response.text
        return {"name": name, "requires_approval": mark == "approval"}

    async def slots(self, count: int) -> None:
        """Let so many runs of Acme go on at a time."""
        await self.owner("UPDATE organizations SET max_concurrent_runs = %s WHERE id = %s", count, self.cast.acme)

    async def running(self) -> int:
        """Count the runs of Acme that go on."""
        rows = await self.owner(
            "SELECT count(*) FROM runs WHERE organization_id = %s AND status = 'running'", self.cast.acme
        )
        return int(rows[0][0])

    async def admissible(self) -> list[str]:
        """Name the pending runs of Acme that a worker would be given now, in their order."""
        rows = await self.owner(
            "SELECT c.id::text FROM admission.choose(1000), unnest(chosen) WITH ORDINALITY AS c (id, place)"
            " JOIN runs r ON r.id = c.id WHERE r.organization_id = %s ORDER BY c.place",
            self.cast.acme,
        )
        return [row[0] for row in rows]

    async def start(self, agent_id: str, prompt: str = "Go.", *, by: Client | None = None, **options: Any) -> Response:
        """Start a run, as Anna unless said otherwise."""
        headers = options.pop("headers", None)
        body = {"type": "agent", "target_id": agent_id, "input": {"prompt": prompt}} | options
        return await (by or self.cast.anna.http).post("/runs", json=body, headers=headers)

    async def started(self, agent_id: str, prompt: str = "Go.", **options: Any) -> str:
        """Start a run that must be accepted; return its id."""
        response = await self.start(agent_id, prompt, **options)
        assert response.status == 202, response.text
        return str(response.json["id"])

    async def run(self, run_id: str) -> Any:
        """Read a run, as Vera, or as the person whom it is private to."""
        response = await (await self.reader_of(run_id)).get(f"/runs/{run_id}")
        assert response.status == 200, response.text
        return response.json

    async def until(self, run_id: str, *statuses: str) -> Any:
        """Poll a run until it has a status; return it."""
        wanted = set(statuses) or OVER
        async with asyncio.timeout(60):
            async for _ in self.events(run_id, until=lambda sent: _status_of(sent) in wanted):
                pass
        run = await self.run(run_id)
        assert run["status"] in wanted, run
        return run

    async def events(
        self,
        run_id: str,
        *,
        after: int | None = None,
        by: Client | None = None,
        until: Callable[[Sent], bool] = lambda _: False,
    ) -> AsyncIterator[Sent]:
        """Follow a run's stream to its end, or until an event."""
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": str(after)})
        reader = by or await self.reader_of(run_id)
        async with reader.stream("GET", f"/runs/{run_id}/events", headers=headers) as response:
            assert response.status == 200, await response.text()
            async for sent in parse(response.content):
                yield sent
                if sent.event == "end" or until(sent):
                    return

    async def reader_of(self, run_id: str) -> Client:
        """Return the client of someone who may read a run: Vera, unless it is private to another person."""
        rows = await self.owner("SELECT private_to_user_id FROM runs WHERE id = %s", run_id)
        cast = self.cast
        persons = {each.user_id: each.http for each in (cast.olga, cast.adam, cast.anna)}
        return persons.get(rows[0][0], cast.vera.http) if rows else cast.vera.http

    async def collect(self, run_id: str, **options: Any) -> list[Sent]:
        """Follow a run's stream to its end and return what was sent."""
        async with asyncio.timeout(60):
            return [sent async for sent in self.events(run_id, **options)]

    async def owner(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        async with await psycopg.AsyncConnection.connect(self.postgres.owner_url, autocommit=True) as owner:
            cursor = await owner.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []


def _status_of(sent: Sent) -> str | None:
    if not sent.event.startswith("run."):
        return None
    return "running" if sent.event in {"run.started", "run.resumed"} else sent.event.removeprefix("run.")


async def parse(content: Any) -> AsyncIterator[Sent]:
    """Read server-sent events."""
    event, event_id, data = "message", None, ""
    async for raw in content:
        line = raw.decode().rstrip("\n")
        name, _, value = line.partition(": ")
        if not line:
            if data:
                yield Sent(event, event_id, orjson.loads(data))
            event, event_id, data = "message", None, ""
        elif name == "event":
            event = value
        elif name == "id":
            event_id = int(value)
        elif name == "data":
            data += value


@asynccontextmanager
async def working(
    environ: dict[str, str],
    tools: dict[str, Callable[[Any], Any]],
    *,
    concurrency: int = 20,
    model: ChatModel | None = None,
    is_calling: bool = False,
) -> AsyncGenerator[Process]:
    """Run a worker as its own process would, until left. ``is_calling``: tools are called as they are, not by functions."""
    process = Process(environ)
    await process.start(is_serving=False, is_working=True)
    journal = Journal(process.database, process.bus)
    await journal.start()
    guard = BudgetGuard(process.database)
    await guard.start()
    workshop = ExecutionServices(
        database=process.database,
        journal=journal,
        feed=process.bus,
        model=model or ScriptedChatModel(),
        tools=Invoker(process.database, AgentVariables(process.database)) if is_calling else _Tools(tools),
        artifacts=StoredArtifacts(process.resources.storage),
        secrets=NoSecrets(),
        runners={"hosted": run_hosted, "external": run_external, "n8n": run_n8n},
        clock=SystemClock(),
        worker=f"test-{uuid.uuid4()}",
        spending=guard,
    )

    async def carry(run_id: RunId) -> bool:
        return await execute_run(workshop, run_id)

    task = asyncio.create_task(process.resources.dispatch.run_worker(carry, concurrency, workshop.take))
    try:
        yield process
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await guard.stop()
        await journal.stop()
        await process.stop()


class _Tools(ScriptedTools):
    """Looks tools up when they are called, so that a test may add some to a worker that runs already."""

    async def invoke(self, invocation: ToolInvocation) -> ToolResult:
        return await ScriptedTools(self.functions).invoke(invocation)
