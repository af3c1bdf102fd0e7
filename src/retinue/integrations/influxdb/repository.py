"""All SQL of points that leave for InfluxDB."""

from collections.abc import Sequence
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from retinue.core.db.database import Database
from retinue.integrations.influxdb.types import QueuedPoint, Standing

_USE: LiteralString = "SELECT tenant.use_metric_destination(%s::interval)"


async def use(database: Database, keep: timedelta) -> None:
    """Note that the destination is in use: from now on points are queued for it."""
    await database.statement(_USE, (keep,))


_CLAIM: LiteralString = """
SELECT id, organization_id, agent_id, agent_name, metric_type, value, unit, metadata, recorded_at
FROM tenant.claim_metrics(%s::uuid, %s::integer, %s::interval)
"""


async def claim(database: Database, holder: UUID, most: int, hold: timedelta) -> list[QueuedPoint]:
    """Return the next points, the oldest first; none while another process sends."""
    return [QueuedPoint(*row) for row in await database.statement(_CLAIM, (holder, most, hold))]


_COMPLETE: LiteralString = "SELECT tenant.complete_metrics(%s::uuid, %s::bigint[], %s::bigint)"


async def complete(database: Database, holder: UUID, ids: Sequence[int], refused: int) -> None:
    """Remove points that InfluxDB has received or refused."""
    await database.statement(_COMPLETE, (holder, list(ids), refused))


_RELEASE: LiteralString = "SELECT tenant.release_metrics(%s::uuid, %s::text, %s::interval)"


async def release(database: Database, holder: UUID, sentence: str | None = None, delay: timedelta | None = None) -> None:
    """Let another process send; with a sentence, after a failure, no earlier than ``delay`` from now."""
    await database.statement(_RELEASE, (holder, sentence, delay))


_TRIM: LiteralString = "SELECT tenant.trim_metrics(%s::interval, %s::bigint)"


async def trim(database: Database, keep: timedelta, most: int) -> int:
    """Drop what is older or more than may be kept; return how many points."""
    return int((await database.statement(_TRIM, (keep, most)))[0][0])


_STANDING: LiteralString = """
SELECT is_active, waiting, oldest_seconds, failures, error, dropped_count FROM tenant.metric_export_standing()
"""


async def find_standing(database: Database) -> Standing | None:
    """Return how the destination stands, if there ever was one."""
    rows = await database.statement(_STANDING, ())
    return Standing(*rows[0]) if rows else None
