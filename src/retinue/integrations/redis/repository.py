"""All SQL of what is published in Redis."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from retinue.core.db.database import Database
from retinue.integrations.redis.types import PublishedAgent, ScheduledJob

_AGENTS: LiteralString = """
SELECT agent_id, status, cpu, memory, last_execution_time, last_duration_ms FROM tenant.agents_to_publish(%s::uuid, %s)
"""


async def list_agents(database: Database, after: UUID, most: int) -> list[PublishedAgent]:
    """Return the agents of all organizations after one, in the order of their ids."""
    return [PublishedAgent(*row) for row in await database.statement(_AGENTS, (after, most))]


_SCHEDULED: LiteralString = """
SELECT schedule_id, organization_id, target_type, target_id, due_at FROM tenant.schedules_to_publish(%s)
"""


async def list_scheduled(database: Database, most: int) -> list[ScheduledJob]:
    """Return what is due next, the earliest first."""
    return [ScheduledJob(*row) for row in await database.statement(_SCHEDULED, (most,))]


_NOTIFY: LiteralString = "SELECT organization_id, user_id FROM tenant.notify_superusers(%s, %s, %s, %s)"


async def notify(database: Database, kind: str, title: str, fold: str, message: str | None) -> Sequence[tuple[UUID, UUID]]:
    """Notify superusers, or with None settle it; return the organizations and persons that have news."""
    return [(row[0], row[1]) for row in await database.statement(_NOTIFY, (kind, title, fold, message))]
