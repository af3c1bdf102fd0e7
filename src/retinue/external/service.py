"""What external agents do: they send heartbeats, report what they did, and carry out runs that wait for them.

An agent acts with its own key, for itself alone; members and API keys with ``agents:act`` act for any external agent of
their organization.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentHostedError
from retinue.agents.types import HeartbeatReceipt, Runtime
from retinue.core.context import Context, system
from retinue.core.db.database import Database, acting_as
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.permissions import require_acting
from retinue.engine.spec.agent import HeartbeatConfig
from retinue.external import repository
from retinue.external.errors import ReportInvalidError
from retinue.external.permissions import ACT
from retinue.external.types import AnsweredWork, HeartbeatHistory, HeldWork, NewHeartbeat, WorkRecords
from retinue.metrics import service as metrics
from retinue.metrics.types import NewPoint
from retinue.runs.work import service as work
from retinue.runs.work.types import AnswerFate, Execution, ReportedExecution, Work

_BATCH: Final = 5_000
_SHOWN: Final = 5_000
_AHEAD: Final = timedelta(minutes=5)
_OLDEST: Final = timedelta(days=30)


async def send_heartbeat(ctx: Context, agent_id: UUID, sent: NewHeartbeat) -> HeartbeatReceipt:
    """Note that an external agent is alive, and what it measured of itself.

    Raises ``AgentMissingError``, ``AgentHostedError``, and what ``metrics.service.report`` raises.
    """
    receipt = await agents.heartbeat(ctx, agent_id, sent.status)
    await repository.insert_heartbeat(ctx, agent_id, sent)
    points: list[NewPoint] = []
    if sent.cpu_percent is not None:
        points.append(NewPoint("cpu", sent.cpu_percent, "percent"))
    if sent.memory_bytes is not None:
        points.append(NewPoint("memory", Decimal(sent.memory_bytes), "bytes"))
    if points:
        async with acting_as(ctx, system(ctx.organization_id)) as platform:
            await metrics.report(platform, agent_id, points)
    return receipt


async def list_heartbeats(ctx: Context, agent_id: UUID, hours: int) -> HeartbeatHistory:
    """Return the heartbeats of the last hours, newest first, at most 5,000. Raises ``AgentMissingError``."""
    agent = await agents.get(ctx, agent_id)
    agreed = agent.deployment_config.heartbeat or HeartbeatConfig()
    found = await repository.list_heartbeats(ctx, agent_id, ctx.now - timedelta(hours=hours), _SHOWN)
    return HeartbeatHistory(agent.presence, agent.last_heartbeat, agreed.every_seconds, agreed.grace_seconds, found)


async def report_execution(ctx: Context, agent_id: UUID, execution: Execution) -> ReportedExecution:
    """Write what an agent has carried out by itself, as a run.

    Raises ``ReportInvalidError``, and what ``runs.work.service.record`` raises.
    """
    require_acting(ctx, ACT, agent_id)
    _check_times(ctx, execution)
    return await work.record(ctx, agent_id, execution)


def _check_times(ctx: Context, execution: Execution) -> None:
    if execution.status != "success" and not execution.message:
        message = f"is required with the status {execution.status}"
        raise ReportInvalidError.of(FieldProblem("message", message, "Say what happened in a sentence."))
    if execution.started_at > execution.completed_at:
        raise ReportInvalidError.of(FieldProblem("started_at", "is after completed_at", "Send the earlier instant."))
    if execution.completed_at > ctx.now + _AHEAD:
        raise ReportInvalidError.of(FieldProblem("completed_at", "is in the future", "Set the clock of the agent by NTP."))
    if execution.started_at < ctx.now - _OLDEST:
        raise ReportInvalidError.of(FieldProblem("started_at", "is more than 30 days ago", "Report executions as they end."))


async def claim(ctx: Context, agent_id: UUID, holder: str, lease_seconds: float) -> Work | None:
    """Claim the next run that waits for an agent. Raises ``AgentMissingError``, ``AgentHostedError``."""
    await _demand(ctx, agent_id)
    return await work.claim(ctx, agent_id, holder, lease_seconds)


async def extend(ctx: Context, agent_id: UUID, run_id: UUID, lease: int, seconds: float) -> HeldWork:
    """Hold a run for longer, or give it back. Raises ``WorkMissingError``, ``WorkLostError``."""
    require_acting(ctx, ACT, agent_id)
    return HeldWork(run_id, lease, await work.extend(ctx, agent_id, run_id, lease, seconds))


async def answer(
    ctx: Context,
    agent_id: UUID,
    run_id: UUID,
    lease: int,
    document: JsonObject,
    *,
    records: tuple[list[JsonObject], list[JsonObject]],
) -> AnsweredWork:
    """Take an answer, with the log lines and thoughts that come with it: all of it, or nothing.

    Raises ``WorkMissingError``, ``WorkLostError``.
    """
    require_acting(ctx, ACT, agent_id)
    fate = await work.answer(ctx, agent_id, run_id, lease, document)
    if fate is AnswerFate.TAKEN and any(records):
        await work.report(ctx, agent_id, run_id, *records)
    return AnsweredWork(run_id, fate is AnswerFate.REPEATED)


async def add_records(
    ctx: Context, agent_id: UUID, run_id: UUID, lines: Sequence[JsonObject], thoughts: Sequence[JsonObject]
) -> WorkRecords:
    """Write log lines and thoughts of a run that is not over. Raises ``WorkMissingError``, ``WorkOverError``."""
    require_acting(ctx, ACT, agent_id)
    await work.report(ctx, agent_id, run_id, lines, thoughts)
    return WorkRecords(len(lines), len(thoughts))


async def delete_old(database: Database) -> None:
    """Delete heartbeats that are older than two days. May be repeated, and by several workers at once."""
    while await repository.delete_old(database, _BATCH) == _BATCH:
        pass


async def _demand(ctx: Context, agent_id: UUID) -> None:
    require_acting(ctx, ACT, agent_id)
    async with acting_as(ctx, system(ctx.organization_id)) as platform:
        if (await agents.get(platform, agent_id)).runtime is Runtime.HOSTED:
            raise AgentHostedError
