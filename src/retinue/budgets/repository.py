"""All SQL of budgets as they are set; that of the ledger is in ``repository_ledger``."""

from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.budgets.types import AtLimit, Budget, BudgetDefinition, BudgetPeriod, BudgetScope
from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.engine.pricing import cost_text

_EARLIEST_FORECAST = Decimal("0.1")
_COLUMNS: LiteralString = """
SELECT b.id, b.organization_id, b.name, b.scope, b.subject_id,
  coalesce(a.name, t.name, w.name, u.full_name, y.name) AS subject_name,
  b.period, b.timezone, b.limit_usd, b.limit_tokens, b.at_limit, b.fallback_provider_id, b.fallback_model, b.warn_percent,
  b.enabled,
  CASE WHEN b.period <> 'total' THEN p.starts_at END AS period_start, p.ends_at AS resets_at,
  coalesce(k.reserved_usd, 0) AS reserved_usd, coalesce(k.reserved_tokens, 0) AS reserved_tokens,
  coalesce(k.settled_usd, 0) AS settled_usd, coalesce(k.settled_tokens, 0) AS settled_tokens,
  coalesce(k.granted_usd, 0) AS granted_usd, coalesce(k.granted_tokens, 0) AS granted_tokens,
  coalesce(k.settled_calls, 0) AS settled_calls, coalesce(k.unpriced_calls, 0) AS unpriced_calls,
  k.warned_at, k.exhausted_at, b.created_at, b.updated_at,
  CASE WHEN b.period <> 'total' THEN (extract(epoch FROM tenant.now() - p.starts_at)
    / extract(epoch FROM p.ends_at - p.starts_at))::numeric END AS elapsed
FROM budgets b CROSS JOIN LATERAL tenant.budget_period(b.period, b.timezone, tenant.now()) p
LEFT JOIN budget_counters k ON k.budget_id = b.id AND k.counted_id = b.id AND k.period_start = p.starts_at
LEFT JOIN agents a ON b.scope = 'agent' AND a.id = b.subject_id
LEFT JOIN teams t ON b.scope = 'team' AND t.id = b.subject_id
LEFT JOIN workflows w ON b.scope = 'workflow' AND w.id = b.subject_id
LEFT JOIN users u ON b.scope = 'user' AND u.id = b.subject_id
LEFT JOIN api_keys y ON b.scope = 'api_key' AND y.id = b.subject_id
"""


def _budget(**row: Any) -> Budget:  # noqa: ANN401 - the columns above
    row["scope"], row["period"], row["at_limit"] = (
        BudgetScope(row["scope"]),
        BudgetPeriod(row["period"]),
        AtLimit(row["at_limit"]),
    )
    is_counted = row["scope"] is not BudgetScope.RUN
    elapsed: Decimal | None = row.pop("elapsed")
    is_far = elapsed is not None and elapsed >= _EARLIEST_FORECAST
    row["forecast_usd"] = round(row["settled_usd"] / elapsed, 6) if is_far and elapsed else None
    row["forecast_tokens"] = int(row["settled_tokens"] / elapsed) if is_far and elapsed else None
    for unit, nothing in (("usd", Decimal(0)), ("tokens", 0)):
        limit, used = row[f"limit_{unit}"], row[f"reserved_{unit}"] + row[f"settled_{unit}"]
        left = None if limit is None or not is_counted else max(nothing, limit + row[f"granted_{unit}"] - used)
        row[f"remaining_{unit}"] = left
    for name in ("limit_usd", "reserved_usd", "settled_usd", "granted_usd", "remaining_usd", "forecast_usd"):
        row[name] = None if row[name] is None else cost_text(row[name])
    return Budget(**row)


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE b.organization_id = %(organization_id)s AND (%(scope)s::text IS NULL OR b.scope = %(scope)s)
  AND (%(subject_id)s::uuid IS NULL OR b.subject_id = %(subject_id)s)
  AND (%(at)s::timestamptz IS NULL OR (b.created_at, b.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY b.created_at DESC, b.id DESC LIMIT %(limit)s
"""
)


async def list_page(
    ctx: Context, wanted: tuple[BudgetScope | None, UUID | None], before: Position | None, limit: int
) -> list[Budget]:
    """Return budgets, newest first, one more than ``limit`` when there are more."""
    at, last = (None, None) if before is None else (before.at, before.id)
    values = {"organization_id": ctx.organization_id, "scope": wanted[0], "subject_id": wanted[1]}
    async with ctx.tx.cursor(row_factory=kwargs_row(_budget)) as cursor:
        await cursor.execute(_LIST, {**values, "at": at, "id": last, "limit": limit + 1})
        return await cursor.fetchall()


_GET: LiteralString = _COLUMNS + "WHERE b.id = %s"


async def get(ctx: Context, budget_id: UUID) -> Budget | None:
    """Return one budget."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_budget)) as cursor:
        return await (await cursor.execute(_GET, (budget_id,))).fetchone()


_LOCK: LiteralString = """
SELECT name, scope, subject_id, period, timezone, limit_usd, limit_tokens, at_limit, fallback_provider_id, fallback_model,
  warn_percent, enabled FROM budgets WHERE id = %s FOR NO KEY UPDATE
"""


def _definition(**row: Any) -> BudgetDefinition:  # noqa: ANN401 - the columns above
    row["scope"], row["period"] = BudgetScope(row["scope"]), BudgetPeriod(row["period"])
    row["at_limit"] = AtLimit(row["at_limit"])
    return BudgetDefinition(**row)


async def lock(ctx: Context, budget_id: UUID) -> BudgetDefinition | None:
    """Return what is set of a budget, and keep others from changing it."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_definition)) as cursor:
        return await (await cursor.execute(_LOCK, (budget_id,))).fetchone()


_COUNT: LiteralString = "SELECT count(*) FROM budgets"


async def count(ctx: Context) -> int:
    """Return how many budgets the organization has."""
    row = await (await ctx.tx.execute(_COUNT)).fetchone()
    return 0 if row is None else int(row[0])


_INSERT: LiteralString = """
INSERT INTO budgets (id, organization_id, created_by, name, scope, subject_id, period, timezone, limit_usd, limit_tokens,
  at_limit, fallback_provider_id, fallback_model, warn_percent, enabled)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(scope)s, %(subject_id)s, %(period)s, %(timezone)s,
  %(limit_usd)s, %(limit_tokens)s, %(at_limit)s, %(fallback_provider_id)s, %(fallback_model)s, %(warn_percent)s, %(enabled)s)
"""


async def insert(ctx: Context, budget_id: UUID, definition: BudgetDefinition) -> None:
    """Write a new budget."""
    more = {"id": budget_id, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_INSERT, asdict(definition) | more)


_UPDATE: LiteralString = """
UPDATE budgets SET name = %(name)s, period = %(period)s, timezone = %(timezone)s, limit_usd = %(limit_usd)s,
  limit_tokens = %(limit_tokens)s, at_limit = %(at_limit)s, fallback_provider_id = %(fallback_provider_id)s,
  fallback_model = %(fallback_model)s, warn_percent = %(warn_percent)s, enabled = %(enabled)s WHERE id = %(id)s
"""
# Locked in the order of functions/budgets.sql.
_NEWS_AGAIN: LiteralString = """
UPDATE budget_counters k SET warned_at = NULL, exhausted_at = NULL
FROM (SELECT budget_id, counted_id, period_start FROM budget_counters WHERE budget_id = %s
  ORDER BY budget_id, counted_id, period_start FOR NO KEY UPDATE) l
WHERE k.budget_id = l.budget_id AND k.counted_id = l.counted_id AND k.period_start = l.period_start
"""


async def update(ctx: Context, budget_id: UUID, definition: BudgetDefinition) -> None:
    """Change a budget; what is told once a period may be told again."""
    await ctx.tx.execute(_UPDATE, asdict(definition) | {"id": budget_id})
    await ctx.tx.execute(_NEWS_AGAIN, (budget_id,))


_DELETE: LiteralString = "DELETE FROM budgets WHERE id = %s"


async def delete(ctx: Context, budget_id: UUID) -> bool:
    """Delete a budget and its ledger; tell whether there was one."""
    return (await ctx.tx.execute(_DELETE, (budget_id,))).rowcount > 0


_ZONE: LiteralString = "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)"


async def knows_zone(ctx: Context, name: str) -> bool:
    """Tell whether the database, which computes the periods, knows a time zone."""
    row = await (await ctx.tx.execute(_ZONE, (name,))).fetchone()
    return row is not None and bool(row[0])


_IDS: LiteralString = """
SELECT id FROM budgets WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of budgets, oldest first; those of one name only when it is given."""
    values = {"organization_id": ctx.organization_id, "name": name}
    return [row[0] for row in await (await ctx.tx.execute(_IDS, values)).fetchall()]


_SUBJECTS: LiteralString = """
SELECT s.id, s.name FROM (
  SELECT id, name, 'agent' AS scope FROM agents WHERE organization_id = %(organization_id)s
  UNION ALL SELECT id, name, 'team' FROM teams WHERE organization_id = %(organization_id)s
  UNION ALL SELECT id, name, 'workflow' FROM workflows WHERE organization_id = %(organization_id)s
  UNION ALL SELECT u.id, u.email, 'user' FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = %(organization_id)s
  UNION ALL SELECT id, name, 'api_key' FROM api_keys WHERE organization_id = %(organization_id)s
) s WHERE s.scope = %(scope)s AND (%(id)s::uuid IS NULL OR s.id = %(id)s)
  AND (%(name)s::text IS NULL OR lower(s.name) = lower(%(name)s) AND (s.name = %(name)s OR s.scope = 'user'))
ORDER BY s.id LIMIT 2
"""


async def find_subjects(ctx: Context, scope: BudgetScope, name: str) -> list[UUID]:
    """Return up to two of what a budget of a scope may limit, by its name or e-mail address, else by its id."""
    values = {"organization_id": ctx.organization_id, "scope": scope, "name": name, "id": None}
    found = [row[0] for row in await (await ctx.tx.execute(_SUBJECTS, values)).fetchall()]
    with suppress(ValueError):
        by_id = values | {"name": None, "id": UUID(name)}
        found = found or [row[0] for row in await (await ctx.tx.execute(_SUBJECTS, by_id)).fetchall()]
    return found


async def subject_name(ctx: Context, scope: BudgetScope, subject_id: UUID) -> str | None:
    """Return the name, or the e-mail address, of what a budget limits."""
    values = {"organization_id": ctx.organization_id, "scope": scope, "name": None, "id": subject_id}
    row = await (await ctx.tx.execute(_SUBJECTS, values)).fetchone()
    return None if row is None else str(row[1])


_EXISTS: LiteralString = """
SELECT CASE %(scope)s
  WHEN 'agent' THEN EXISTS (SELECT FROM agents WHERE id = %(id)s)
  WHEN 'team' THEN EXISTS (SELECT FROM teams WHERE id = %(id)s)
  WHEN 'workflow' THEN EXISTS (SELECT FROM workflows WHERE id = %(id)s)
  WHEN 'user' THEN EXISTS (SELECT FROM memberships WHERE user_id = %(id)s)
  WHEN 'api_key' THEN EXISTS (SELECT FROM api_keys WHERE id = %(id)s) END
"""


async def has_subject(ctx: Context, scope: BudgetScope, subject_id: UUID) -> bool:
    """Tell whether the organization has what a budget is for."""
    row = await (await ctx.tx.execute(_EXISTS, {"scope": scope, "id": subject_id})).fetchone()
    return row is not None and bool(row[0])
