"""The SQL of what was used of a budget over time, for back-tests."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class PastBudget:
    """A budget, with its limits of today."""

    name: str
    limit_usd: float | None
    limit_tokens: int | None


@dataclass(frozen=True, slots=True)
class PastUse:
    """What was used of a budget in a period, or what was granted in it; for budgets of single runs: by a run."""

    at: datetime
    counted_id: UUID
    period_start: datetime
    settled_usd: float
    settled_tokens: int
    granted_usd: float
    granted_tokens: int


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """A period of a budget; one that never ends has no end."""

    starts_at: datetime
    ends_at: datetime | None


_BUDGET: LiteralString = """
SELECT b.name, b.limit_usd::double precision AS limit_usd, b.limit_tokens FROM budgets b
WHERE b.organization_id = %(o)s AND b.id = %(budget_id)s
"""
_PERIODS: LiteralString = """
WITH RECURSIVE period AS (
  SELECT p.starts_at, p.ends_at, b.period, b.timezone
  FROM budgets b CROSS JOIN LATERAL tenant.budget_period(b.period, b.timezone, %(start)s) p
  WHERE b.organization_id = %(o)s AND b.id = %(budget_id)s
  UNION ALL
  SELECT n.starts_at, n.ends_at, p.period, p.timezone FROM period p
  CROSS JOIN LATERAL tenant.budget_period(p.period, p.timezone, p.ends_at) n WHERE p.ends_at <= %(end)s
)
SELECT p.starts_at, p.ends_at FROM period p ORDER BY p.starts_at
"""
# What stands in the counters now; what was counted since is taken from it to know what stood in them before.
_COUNTERS: LiteralString = """
SELECT %(end)s::timestamptz AS at, k.counted_id, k.period_start, k.settled_usd::double precision AS settled_usd,
  k.settled_tokens, k.granted_usd::double precision AS granted_usd, k.granted_tokens
FROM budget_counters k WHERE k.organization_id = %(o)s AND k.budget_id = %(budget_id)s AND k.period_start >= %(since)s
ORDER BY k.period_start DESC LIMIT %(limit)s
"""
_USES: LiteralString = """
SELECT e.ended_at AS at, e.counted_id, e.period_start, coalesce(e.settled_usd, 0)::double precision AS settled_usd,
  coalesce(e.settled_tokens, 0) AS settled_tokens, 0::double precision AS granted_usd, 0::bigint AS granted_tokens
FROM budget_entries e WHERE e.organization_id = %(o)s AND e.budget_id = %(budget_id)s AND e.state = 'settled'
  AND e.ended_at > %(start)s
UNION ALL
SELECT g.created_at, g.counted_id, g.period_start, 0, 0, g.usd::double precision, g.tokens
FROM budget_grants g WHERE g.organization_id = %(o)s AND g.budget_id = %(budget_id)s AND g.created_at > %(start)s
ORDER BY at DESC LIMIT %(limit)s
"""


async def find_budget(ctx: Context, budget_id: UUID) -> PastBudget | None:
    """Return a budget, None when it is deleted."""
    values = {"o": ctx.organization_id, "budget_id": budget_id}
    async with ctx.tx.cursor(row_factory=class_row(PastBudget)) as cursor:
        return await (await cursor.execute(_BUDGET, values)).fetchone()


async def list_periods(ctx: Context, budget_id: UUID, start: datetime) -> list[PastPeriod]:
    """Return the periods of a budget from an instant until now, the oldest first."""
    values = {"o": ctx.organization_id, "budget_id": budget_id, "start": start, "end": ctx.now}
    async with ctx.tx.cursor(row_factory=class_row(PastPeriod)) as cursor:
        return await (await cursor.execute(_PERIODS, values)).fetchall()


async def list_counters(ctx: Context, budget_id: UUID, since: datetime, limit: int) -> list[PastUse]:
    """Return what the counters of periods say now that begin at an instant or later, the newest period first."""
    values = {"o": ctx.organization_id, "budget_id": budget_id, "since": since, "end": ctx.now, "limit": limit}
    async with ctx.tx.cursor(row_factory=class_row(PastUse)) as cursor:
        return await (await cursor.execute(_COUNTERS, values)).fetchall()


async def list_uses(ctx: Context, budget_id: UUID, start: datetime, limit: int) -> list[PastUse]:
    """Return what was settled and granted since an instant, the newest first."""
    values = {"o": ctx.organization_id, "budget_id": budget_id, "start": start, "limit": limit}
    async with ctx.tx.cursor(row_factory=class_row(PastUse)) as cursor:
        return await (await cursor.execute(_USES, values)).fetchall()
