"""All SQL of usage. Reports are read from the sums by the hour, to which ``tenant.add_usage`` adds what is new."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.json import dumps
from retinue.engine.pricing import cost_text
from retinue.usage.types import RequestUse, UsageDimension, UsageFilter, UsageRow

# The groups that are asked for come as a parameter, so that the statement is one text.
_REPORT: LiteralString = """
WITH grouped AS (
  SELECT CASE WHEN 'agent' = ANY (%(groups)s) THEN h.agent_id END AS agent_id,
    CASE WHEN 'model' = ANY (%(groups)s) THEN h.model END AS model,
    CASE WHEN 'user' = ANY (%(groups)s) THEN h.user_id END AS user_id,
    CASE WHEN 'api_key' = ANY (%(groups)s) THEN h.api_key_id END AS api_key_id,
    CASE WHEN 'endpoint' = ANY (%(groups)s) THEN h.endpoint END AS endpoint,
    CASE WHEN 'endpoint' = ANY (%(groups)s) THEN h.method END AS method,
    CASE WHEN 'day' = ANY (%(groups)s) THEN date_trunc('day', h.hour, 'UTC') END AS day,
    coalesce(sum(h.calls), 0)::bigint AS calls, coalesce(sum(h.failed_calls), 0)::bigint AS failed_calls,
    coalesce(sum(h.unpriced_calls), 0)::bigint AS unpriced_calls, coalesce(sum(h.input_tokens), 0)::bigint AS input_tokens,
    coalesce(sum(h.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(h.cost_usd), 0) AS cost_usd,
    round(sum(h.response_time_ms) / nullif(sum(h.calls), 0))::bigint AS response_time_ms
  FROM usage_hours h
  WHERE h.organization_id = %(organization_id)s AND h.hour >= %(start)s AND h.hour < %(end)s
    AND (%(kind)s::text IS NULL OR h.kind = %(kind)s) AND (%(agent_id)s::uuid IS NULL OR h.agent_id = %(agent_id)s)
    AND (%(user_id)s::uuid IS NULL OR h.user_id = %(user_id)s)
    AND (%(api_key_id)s::uuid IS NULL OR h.api_key_id = %(api_key_id)s)
    AND (%(model)s::text IS NULL OR h.model = %(model)s) AND (%(endpoint)s::text IS NULL OR h.endpoint = %(endpoint)s)
  GROUP BY 1, 2, 3, 4, 5, 6, 7
  ORDER BY 7 NULLS FIRST, cost_usd DESC, calls DESC, 1, 2, 3, 4, 5, 6 LIMIT %(limit)s
)
SELECT g.agent_id, a.name AS agent_name, g.model, g.user_id, u.full_name AS user_name, g.api_key_id, k.name AS api_key_name,
  g.endpoint, g.method, g.day, g.calls, g.failed_calls, g.unpriced_calls, g.input_tokens, g.output_tokens, g.cost_usd,
  g.response_time_ms
FROM grouped g LEFT JOIN agents a ON a.organization_id = %(organization_id)s AND a.id = g.agent_id
LEFT JOIN users u ON u.id = g.user_id LEFT JOIN api_keys k ON k.organization_id = %(organization_id)s AND k.id = g.api_key_id
ORDER BY g.day NULLS FIRST, g.cost_usd DESC, g.calls DESC, g.agent_id, g.model, g.user_id, g.api_key_id, g.endpoint, g.method
"""


def _row(**row: Any) -> UsageRow:  # noqa: ANN401 - the columns above
    row["cost_usd"] = cost_text(row["cost_usd"])
    return UsageRow(**row)


async def list_groups(ctx: Context, wanted: UsageFilter, groups: Sequence[UsageDimension], limit: int) -> list[UsageRow]:
    """Return usage in groups, one more than ``limit`` when there are more. Without groups, one row of all usage."""
    values = asdict(wanted) | {"organization_id": ctx.organization_id, "groups": list(groups), "limit": limit + 1}
    async with ctx.tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_REPORT, values)).fetchall()


_RECORD: LiteralString = "SELECT tenant.record_requests(%s, %s)"


async def record_requests(database: Database, requests: Sequence[RequestUse]) -> None:
    """Write requests of any organizations in one statement. May be repeated."""
    organizations = ",".join({str(each.organization_id) for each in requests})
    await database.statement(_RECORD, (f"{{{organizations}}}", dumps(list(requests)).decode()))


_REBUILD: LiteralString = """
INSERT INTO run_endings (organization_id, ended_run_id, is_rebuild)
SELECT r.organization_id, r.id, true FROM runs r
WHERE r.organization_id = %(organization_id)s AND r.created_at >= %(start)s AND r.created_at < %(end)s
  AND r.status IN ('completed', 'failed', 'cancelled')
"""


async def queue_runs(ctx: Context, start: datetime, end: datetime) -> int:
    """Queue runs that have ended, and were created in a window, to have their usage written again; return how many."""
    values = {"organization_id": ctx.organization_id, "start": start, "end": end}
    return (await ctx.tx.execute(_REBUILD, values)).rowcount


_ADD_UP: LiteralString = "SELECT tenant.add_up_usage(%s)"
_KEEP: LiteralString = "SELECT tenant.keep_usage(%s, %s, %s)"


async def add_up(database: Database, most: int) -> int:
    """Add up hours that changed; return how many changes were taken."""
    return int((await database.statement(_ADD_UP, (most,)))[0][0])


async def keep(database: Database, days: int, hours_days: int, most: int) -> int:
    """Make partitions ahead and delete what is older than it is kept; return how many sums were deleted."""
    return int((await database.statement(_KEEP, (days, hours_days, most)))[0][0])
