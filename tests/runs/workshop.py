"""A workshop for tests: a model and tools that follow a script, a feed that remembers, runs made by hand."""

import asyncio
import inspect
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from retinue.core.clock import SystemClock
from retinue.core.ids import OrganizationId, RunId, new_id
from retinue.core.json import Json, JsonObject
from retinue.engine.plan import write_plan
from retinue.engine.ports import (
    AgentPlan,
    DeltaSink,
    FinishReason,
    ModelRequest,
    ModelResponse,
    ModelSpec,
    ToolArtifact,
    ToolCall,
    ToolInvocation,
    ToolPlan,
    ToolResult,
    Usage,
)
from retinue.process import Process
from retinue.runs.artifacts.types import StoredArtifact
from retinue.runs.execution.execute import execute_run
from retinue.runs.execution.journal import Journal
from retinue.runs.execution.runners.hosted import run_hosted
from retinue.runs.execution.services import ExecutionServices
from tests.conftest import Postgres

Turn = str | Sequence[tuple[str, Mapping[str, Json]]] | Exception
"""What the model does: answer with a text, ask for tool calls, or fail."""


@dataclass
class ScriptedModel:
    """Answers by the number of answers already in the conversation, so that a repeated call gives the same."""

    turns: Sequence[Turn]
    calls: list[ModelRequest] = field(default_factory=list[ModelRequest])
    before: Callable[[ModelRequest], Awaitable[None]] | None = None

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        self.calls.append(request)
        if self.before is not None:
            await self.before(request)
        number = sum(message["role"] == "assistant" for message in request.messages)
        turn = self.turns[min(number, len(self.turns) - 1)]
        if isinstance(turn, Exception):
            raise turn
        usage = Usage(10, 5, 0, Decimal("0.001"))
        if isinstance(turn, str):
            on_delta("text", turn)
            return ModelResponse(turn, "", (), usage, "scripted", FinishReason.STOP, 1, 1)
        calls = tuple(
            ToolCall(f"call_{number}_{index}", name, dict(arguments)) for index, (name, arguments) in enumerate(turn)
        )
        return ModelResponse("", "", calls, usage, "scripted", FinishReason.TOOL_CALLS, None, 1)


@dataclass
class ScriptedTools:
    """Tools as functions by name; every invocation is remembered. ``instant`` are the names of those that only compute."""

    functions: dict[str, Callable[[Any], Any]]
    calls: list[ToolInvocation] = field(default_factory=list[ToolInvocation])
    instant: frozenset[str] = frozenset()

    async def invoke(self, invocation: ToolInvocation) -> ToolResult:
        self.calls.append(invocation)
        output: Any = self.functions[invocation.tool.name](invocation.arguments)
        if inspect.isawaitable(output):
            output = await output
        return output if isinstance(output, ToolResult) else ToolResult(output)

    async def prepare(self, invocation: ToolInvocation) -> ToolResult | None:
        return None

    def is_instant(self, tool: ToolPlan) -> bool:
        return tool.name in self.instant


@dataclass
class Feed:
    """Remembers what those who watch would have been told."""

    tokens: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    statuses: list[str] = field(default_factory=list[str])
    wakings: int = 0

    def run_changed(
        self, organization_id: OrganizationId, run_id: RunId, sequence: int, *, status: str | None = None
    ) -> None:
        if status is not None:
            self.statuses.append(status)

    def token(self, run_id: RunId, step_id: str, kind: str, text: str) -> None:
        self.tokens.append((kind, text))

    def step_ended(self, run_id: RunId, step_id: str) -> None:
        pass

    def run_released(self, run_id: RunId) -> None:
        pass

    def job_ready(self) -> None:
        self.wakings += 1

    def timer_set(self) -> None:
        pass

    def events_ready(self) -> None:
        pass


class MemoryArtifacts:
    """Keeps artifacts in memory."""

    async def put(self, organization_id: uuid.UUID, run_id: uuid.UUID, artifact: ToolArtifact) -> StoredArtifact:
        key = new_id()
        return StoredArtifact(key, f"/artifacts/{key}", str(key), len(artifact.content), "0" * 64)


class NoSecrets:
    """An agent without secret variables."""

    async def values(self, organization_id: str, agent_id: str, names: tuple[str, ...]) -> dict[str, str]:
        return {}


def tool(name: str, *, effect: str = "read_only", requires_approval: bool = False) -> ToolPlan:
    """Plan a tool."""
    schema: JsonObject = {"type": "object"}
    return ToolPlan(str(new_id()), name, name, "custom", schema, {}, {}, effect, requires_approval, 10.0)


def plan_of(*tools: ToolPlan, **fields: Any) -> AgentPlan:
    """Plan an agent with tools."""
    made: dict[str, Any] = {
        "agent_id": str(new_id()),
        "agent_version": 1,
        "name": "Scribe",
        "instructions": "Be brief.",
        "model": ModelSpec(str(new_id()), "scripted", "scripted", None, {}),
        "tools": tools,
        "limits": {},
        "memory": {},
    }
    return AgentPlan(**(made | fields))


@dataclass
class Stage:
    """One organization, and a workshop that executes its runs."""

    postgres: Postgres
    process: Process
    organization_id: uuid.UUID
    workshop: ExecutionServices
    model: ScriptedModel
    tools: ScriptedTools
    feed: Feed

    async def start(self, plan: AgentPlan, run_input: JsonObject | None = None) -> RunId:
        """Insert a pending run."""
        run_id = RunId(new_id())
        async with self.process.database.system_context([OrganizationId(self.organization_id)]) as ctx:
            await ctx.tx.execute(
                "INSERT INTO runs (id, organization_id, type, target_id, target_name, trigger, plan, input, trace_id)"
                " VALUES (%s, %s, 'agent', %s, 'Scribe', 'manual', %s, %s, %s)",
                (
                    run_id,
                    self.organization_id,
                    new_id(),
                    Jsonb(write_plan(plan)),
                    Jsonb(run_input or {"prompt": "Go."}),
                    "t",
                ),
            )
        return run_id

    async def execute(self, run_id: RunId) -> None:
        """Execute a run as a worker's job does."""
        await execute_run(self.workshop, run_id)

    async def run(self, plan: AgentPlan, run_input: JsonObject | None = None) -> RunId:
        """Start a run and execute it."""
        run_id = await self.start(plan, run_input)
        await self.execute(run_id)
        return run_id

    async def decide(self, run_id: RunId, interrupt: JsonObject, *, status: str = "approved") -> None:
        """Decide a pending question of a run, by tool name, and put the run back."""
        async with self.process.database.system_context([OrganizationId(self.organization_id)]) as ctx:
            await ctx.tx.execute(
                "UPDATE approvals SET status = %s, decision = %s, decided_at = now() WHERE run_id = %s"
                " AND status = 'pending' AND tool_name = %s AND (%s::jsonb IS NULL OR arguments = %s::jsonb)",
                (
                    status,
                    Jsonb(interrupt.get("decision") or {}),
                    run_id,
                    interrupt["tool_name"],
                    Jsonb(interrupt["arguments"]) if "arguments" in interrupt else None,
                    Jsonb(interrupt.get("arguments")),
                ),
            )
            await ctx.tx.execute("UPDATE runs SET status = 'pending' WHERE id = %s", (run_id,))

    def rows(self, query: str, run_id: RunId) -> list[tuple[Any, ...]]:
        """Ask the database as its owner; the query has one parameter, the run's id."""
        with psycopg.connect(self.postgres.owner_url) as connection:
            return connection.execute(query.encode(), (run_id,)).fetchall()

    def one(self, query: str, run_id: RunId) -> tuple[Any, ...]:
        """Ask the database for one row."""
        (row,) = self.rows(query, run_id)
        return row


@asynccontextmanager
async def staged(
    postgres: Postgres, process: Process, turns: Sequence[Turn], functions: dict[str, Callable[[Any], Any]] | None = None
) -> AsyncGenerator[Stage]:
    """Give a fresh organization and a workshop whose model and tools follow a script."""
    organization_id = new_id()
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO organizations (id, name, slug) VALUES (%s, 'Acme', %s)", (organization_id, str(organization_id))
        )
    feed, model, tools = Feed(), ScriptedModel(turns), ScriptedTools(functions or {})
    journal = Journal(process.database, feed)
    await journal.start()
    workshop = ExecutionServices(
        database=process.database,
        journal=journal,
        feed=feed,
        model=model,
        tools=tools,
        artifacts=MemoryArtifacts(),
        secrets=NoSecrets(),
        runners={"hosted": run_hosted},
        clock=SystemClock(),
        worker="test",
    )
    try:
        yield Stage(postgres, process, organization_id, workshop, model, tools, feed)
    finally:
        await asyncio.wait_for(journal.stop(), 10)
