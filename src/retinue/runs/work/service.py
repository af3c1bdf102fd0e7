"""The work of external agents: claimed, held, answered once; and what agents report of runs.

The caller of each function has checked that the actor acts for the agent. An agent with its own key sees all of its runs,
also those of private conversations; a member or an API key that acts for it sees those it may see anyway.
"""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from retinue.agents import service as agents
from retinue.agents.errors import AgentHostedError
from retinue.agents.types import Agent, Runtime
from retinue.core import audit
from retinue.core.context import ActorKind, Context, system
from retinue.core.db.database import acting_as
from retinue.core.ids import RunId, new_id
from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.plan import ExternalPlan, read_external_plan, write_plan
from retinue.engine.pricing import cost_text
from retinue.engine.records import Totals
from retinue.runs.work import repository
from retinue.runs.work.errors import ExecutionChangedError, WorkLostError, WorkMissingError, WorkOverError
from retinue.runs.work.types import AnswerFate, Claim, Execution, ReportedExecution, Standing, Work

PUSH: Final = "external.push"
"""Timer: a run of an agent with a webhook is to be pushed; its subject is the run. Set by the journal."""
REPORTED: Final = "reported"
_STEPS: Final = UUID("c5b0d5f6-7d3f-5f0e-9b0a-8f5a2f1f3a77")
_OVER: Final = frozenset({"completed", "failed", "cancelled"})


def step_id_of(run_id: UUID) -> UUID:
    """Return the id of the one step of a run of an external agent."""
    return uuid5(_STEPS, str(run_id))


@asynccontextmanager
async def _seeing(ctx: Context) -> AsyncGenerator[Context]:
    """Go on as the platform for an agent with its own key, whom no policy knows; as they are for all others."""
    if ctx.actor.kind is not ActorKind.AGENT:
        yield ctx
        return
    async with acting_as(ctx, system(ctx.organization_id)) as platform:
        yield platform


async def claim(ctx: Context, agent_id: UUID, holder: str, lease_seconds: float) -> Work | None:
    """Claim the next run of an agent; None when there is none, or the agent carries out as many as it may."""
    async with _seeing(ctx) as platform:
        claimed = await repository.claim(platform, agent_id, None, holder, lease_seconds, is_push=False)
        if claimed is None or claimed.is_capped:
            return None
        work = work_of(claimed, agent_id)
        await note(platform, work, f"Claimed by {holder}.")
        return work


async def claim_push(platform: Context, agent_id: UUID, run_id: UUID, lease_seconds: float) -> Claim | None:
    """Claim a run in order to push it. In a context of the platform."""
    claimed = await repository.claim(platform, agent_id, run_id, "webhook", lease_seconds, is_push=True)
    if claimed is not None and not claimed.is_capped:
        await note(platform, work_of(claimed, agent_id), f"Called by webhook, attempt {claimed.pushes}.")
    return claimed


def work_of(claimed: Claim, agent_id: UUID) -> Work:
    """Return the work of a claim that has a run."""
    if claimed.run_id is None or claimed.lease is None or claimed.lease_until is None or claimed.expires_at is None:
        raise AssertionError("a claim without a run")
    version = read_external_plan(claimed.plan or "").agent_version
    return Work(
        run_id=claimed.run_id,
        agent_id=agent_id,
        agent_version=version,
        lease=claimed.lease,
        lease_until=claimed.lease_until,
        expires_at=claimed.expires_at,
        input=claimed.input or {},
    )


async def get_standing(platform: Context, run_id: UUID) -> Standing | None:
    """Return how the work of a run stands, None when it was never offered. In a context of the platform."""
    return await repository.get_standing(platform, run_id)


async def note(platform: Context, work: Work, sentence: str, level: str = "info") -> None:
    """Write a line to the log of a run that an agent holds. In a context of the platform."""
    line: JsonObject = {"id": str(new_id()), "level": level, "message": sentence, "details": {"lease": work.lease}}
    await report(platform, work.agent_id, work.run_id, [line], [])


async def extend(ctx: Context, agent_id: UUID, run_id: UUID, lease: int, seconds: float) -> datetime:
    """Hold a run for longer, or give it back (0). Raises ``WorkMissingError``, ``WorkLostError``."""
    async with _seeing(ctx) as platform:
        until = await repository.extend(platform, agent_id, run_id, lease, seconds)
        if not isinstance(until, datetime):
            raise await _lost(platform, agent_id, run_id)
        return until


async def answer(ctx: Context, agent_id: UUID, run_id: UUID, lease: int, document: JsonObject) -> AnswerFate:
    """Take what an agent answers; the run then goes on to its end. The same answer may be sent again.

    Raises ``WorkMissingError``, and ``WorkLostError`` when another holds the run, or it is over.
    """
    async with _seeing(ctx) as platform:
        fate = AnswerFate(await repository.answer(platform, agent_id, run_id, lease, document))
        if fate is AnswerFate.REFUSED:
            raise await _lost(platform, agent_id, run_id)
    if fate is AnswerFate.TAKEN:
        _tell(ctx, run_id, 0, status="pending")
        ctx.after_commit.append(ctx.resources.bus.job_ready)
    return fate


async def _lost(platform: Context, agent_id: UUID, run_id: UUID) -> WorkMissingError | WorkLostError:
    status = await repository.get_status(platform, agent_id, run_id)
    if status is None:
        return WorkMissingError()
    return WorkLostError(f"The run is {status}." if status in _OVER else None)


async def report(
    ctx: Context, agent_id: UUID, run_id: UUID, lines: Sequence[JsonObject], thoughts: Sequence[JsonObject]
) -> None:
    """Write log lines and thoughts of a run of an agent that is not over. Raises ``WorkMissingError``, ``WorkOverError``."""
    async with _seeing(ctx) as platform:
        step_id = step_id_of(run_id)
        sequence = await repository.report(platform, agent_id, run_id, step_id, lines=[*lines], thoughts=[*thoughts])
        if sequence is None:
            status = await repository.get_status(platform, agent_id, run_id)
            raise WorkMissingError if status is None else WorkOverError(f"The run is over already: {status}.")
    _tell(ctx, run_id, sequence)


async def record(ctx: Context, agent_id: UUID, execution: Execution) -> ReportedExecution:
    """Write a run that an agent has carried out by itself. May be repeated with the same external execution id.

    Raises ``AgentMissingError``, ``AgentHostedError``, ``ExecutionChangedError``.
    """
    actor, run_id = ctx.actor, new_id()
    status = "failed" if execution.status == "error" else "completed"
    async with acting_as(ctx, system(ctx.organization_id)) as platform:
        agent = await agents.get(platform, agent_id)
        if agent.runtime is Runtime.HOSTED:
            raise AgentHostedError
        key = execution.external_execution_id
        values: dict[str, Any] = {
            "id": run_id,
            "agent_id": agent.id,
            "name": agent.name,
            "version": agent.version,
            "key": None if key is None else f"external:{agent.id}:{key}",
            "hash": None if key is None else _hash_of(execution),
            "plan": _plan(agent),
            "input": execution.input,
            "trace_id": run_id.hex,
            "entry": audit.entry(
                actor, "run.reported", ("run", run_id), after={"agent_id": str(agent_id), "status": status}
            ),
        }
        known_id, is_new, known_hash = await repository.start(platform, values)
        if not is_new:
            if known_hash != values["hash"]:
                raise ExecutionChangedError
            return ReportedExecution(known_id, status, is_replay=True)
        sequence = await repository.record(platform, run_id, _document(agent, execution, status))
    _tell(ctx, run_id, sequence, status=status)
    ctx.after_commit.append(ctx.resources.bus.events_ready)
    return ReportedExecution(run_id, status, is_replay=False)


def _plan(agent: Agent) -> JsonObject:
    plan = ExternalPlan(
        agent_id=str(agent.id),
        agent_version=agent.version,
        name=agent.name,
        webhook_url=agent.webhook_url or "",
        limits=agent.config.limits.model_dump(mode="json"),
        output_schema=agent.config.output_schema,
    )
    return write_plan(plan)


def _hash_of(execution: Execution) -> bytes:
    told: list[Json] = [execution.status, execution.input, execution.output, execution.message, execution.details]
    return hashlib.sha256(dumps([*told, execution.usage], sort_keys=True)).digest()


def _document(agent: Agent, execution: Execution, status: str) -> JsonObject:
    message = execution.message or ("The agent reported an error." if status == "failed" else "Carried out.")
    level = {"error": "error", "warning": "warning"}.get(execution.status, "info")
    line: JsonObject = {"id": str(new_id()), "level": level, "message": message, "details": execution.details}
    totals = totals_of(execution.usage)
    error: JsonObject | None = None
    if status == "failed":
        error = {"code": "external_execution_failed", "message": message, "remedy": None, "kind": "unavailable"}
        error |= {"step": agent.name}
    lines: list[Json] = [{**line, "timestamp": execution.completed_at.isoformat()}, *execution.logs]
    nodes: list[Json] = [*execution.thoughts]
    warning: JsonObject = {"code": REPORTED, "message": message, "remedy": ""}
    output: Json = execution.output if isinstance(execution.output, dict) else {"text": execution.output}
    return {
        "agent_id": str(agent.id),
        "step_name": agent.name,
        "status": status,
        "output": None if execution.output is None else output,
        "error": error,
        "error_message": message if error else None,
        "usage": None,
        "resource_usage": _usage_row(totals),
        "warnings": [warning] if execution.status == "warning" else [],
        "external_execution_id": execution.external_execution_id,
        "started_at": execution.started_at.isoformat(),
        "completed_at": execution.completed_at.isoformat(),
        "lines": lines,
        "nodes": nodes,
    }


def totals_of(usage: JsonObject | None) -> Totals:
    """Return what an agent says that it used: input_tokens, output_tokens, cost_usd."""
    found = usage or {}

    def count(name: str) -> int:
        value = found.get(name)
        return value if isinstance(value, int) and value >= 0 else 0

    totals = Totals(1, 0, 0, count("input_tokens"), count("output_tokens"))
    cost = found.get("cost_usd")
    try:
        price = None if cost is None or isinstance(cost, bool) else Decimal(str(cost))
    except ArithmeticError:
        price = None
    if price is None or not price.is_finite() or price < 0:
        return totals if usage is None else _unpriced(totals)
    return Totals(1, 0, 0, totals.input_tokens, totals.output_tokens, cost_text(price), 1)


def _usage_row(totals: Totals) -> JsonObject:
    """Write the column ``runs.resource_usage`` of a run that no worker carried out."""
    return {
        "steps": totals.steps,
        "model_calls": 0,
        "tool_calls": 0,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "cost_usd": totals.cost_usd if totals.priced_calls else None,
        "cost_state": str(totals.cost_state),
        "is_estimated": False,
        "cpu_ms": 0,
        "peak_memory_bytes": 0,
    }


def _unpriced(totals: Totals) -> Totals:
    return Totals(1, 0, 0, totals.input_tokens, totals.output_tokens, unpriced_calls=1)


def _tell(ctx: Context, run_id: UUID, sequence: int, *, status: str | None = None) -> None:
    bus, organization_id = ctx.resources.bus, ctx.organization_id
    ctx.after_commit.append(lambda: bus.run_changed(organization_id, RunId(run_id), sequence, status=status))
