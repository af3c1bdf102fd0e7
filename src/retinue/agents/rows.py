"""An agent as it is stored, and as it is told: with its presence and its warnings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from retinue.agents.rules import AgentFacts, warnings_of
from retinue.agents.types import Agent, Definition, HeartbeatReceipt, Presence, Runtime, Status
from retinue.engine.spec.agent import HeartbeatConfig

_USUAL = HeartbeatConfig()


@dataclass(frozen=True, slots=True)
class Row:
    """An agent as it is stored, and what is known beside it."""

    id: UUID
    organization_id: UUID
    created_by: UUID | None
    template_id: UUID | None
    is_custom: bool
    definition: Definition
    status: Status
    status_reason: str | None
    last_heartbeat: datetime | None
    heartbeat_status: str | None
    last_activity: datetime | None
    version: int
    known: AgentFacts
    created_at: datetime
    updated_at: datetime


def heartbeat_of(definition: Definition) -> HeartbeatConfig:
    """Return how often an external agent sends heartbeats."""
    return definition.deployment_config.heartbeat or _USUAL


def presence_of(row: Row, now: datetime) -> Presence:
    """Tell whether an agent can be reached: a hosted one while active, an external one until a heartbeat is overdue."""
    if row.status is Status.ERROR:
        return Presence.ERROR
    if row.definition.runtime is Runtime.HOSTED:
        return Presence.ONLINE if row.status is Status.ACTIVE else Presence.OFFLINE
    agreed = heartbeat_of(row.definition)
    overdue = timedelta(seconds=agreed.every_seconds + agreed.grace_seconds)
    if row.last_heartbeat is None or row.last_heartbeat < now - overdue:
        return Presence.OFFLINE
    return Presence.ERROR if row.heartbeat_status == Presence.ERROR else Presence.ONLINE


def receipt_of(row: Row, presence: Presence, now: datetime) -> HeartbeatReceipt:
    """Return the result of a heartbeat."""
    agreed = heartbeat_of(row.definition)
    within = agreed.every_seconds + agreed.grace_seconds
    return HeartbeatReceipt(row.id, presence, row.last_heartbeat or now, within, agreed.every_seconds)


def agent_of(row: Row, now: datetime) -> Agent:
    """Return an agent as it is told at an instant."""
    definition = row.definition
    return Agent(
        id=row.id,
        organization_id=row.organization_id,
        created_by=row.created_by,
        name=definition.name,
        description=definition.description,
        icon=definition.icon,
        category=definition.category,
        type=definition.type,
        agent_type=definition.agent_type,
        runtime=definition.runtime,
        template_id=row.template_id,
        is_custom=row.is_custom,
        instructions=definition.instructions,
        config=definition.config,
        deployment_config=definition.deployment_config,
        webhook_url=definition.webhook_url,
        status=row.status,
        status_reason=row.status_reason,
        presence=presence_of(row, now),
        last_heartbeat=row.last_heartbeat,
        last_activity=row.last_activity,
        version=row.version,
        warnings=warnings_of(definition, row.known),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
