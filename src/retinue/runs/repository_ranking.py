"""SQL that lists runs by what they took. There is no index for it: the newest 50,000 are sorted."""

from decimal import Decimal
from typing import Any, LiteralString

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.db.pages import Ranked
from retinue.runs.repository import COLUMNS, CONTAINS, NEWEST, NEWEST_LIMIT, conditions_of, read_run
from retinue.runs.types import Run, RunFilter, RunSort

_DURATION: LiteralString = "r.duration_ms"
_COST: LiteralString = "(r.resource_usage ->> 'cost_usd')::numeric"
_TOKENS: LiteralString = """nullif(coalesce((r.resource_usage ->> 'input_tokens')::bigint, 0)
  + coalesce((r.resource_usage ->> 'output_tokens')::bigint, 0), 0)"""
_FALLING: LiteralString = "coalesce({key}, -1)::numeric"
_RISING: LiteralString = "coalesce({key}, 'Infinity'::numeric)::numeric"
_KEYS: dict[RunSort, LiteralString] = {
    RunSort.LONGEST: _FALLING.replace("{key}", _DURATION),
    RunSort.SHORTEST: _RISING.replace("{key}", _DURATION),
    RunSort.DEAREST: _FALLING.replace("{key}", _COST),
    RunSort.CHEAPEST: _RISING.replace("{key}", _COST),
    RunSort.MOST_TOKENS: _FALLING.replace("{key}", _TOKENS),
    RunSort.FEWEST_TOKENS: _RISING.replace("{key}", _TOKENS),
}


def _ranked(*, rank: Decimal, **row: Any) -> tuple[Run, Decimal]:  # noqa: ANN401 - the columns of a run
    return read_run(**row), rank


async def list_ranked(
    ctx: Context, wanted: RunFilter, sort: RunSort, after: Ranked | None, limit: int
) -> list[tuple[Run, Decimal]]:
    """Return runs in an order, each with the value that it is ordered by; those without one come last."""
    inner, values = conditions_of(ctx, wanted)
    values["limit"] = limit
    key, is_falling = _KEYS[sort], sort.value.startswith("-")
    outer: list[LiteralString] = []
    if wanted.q is not None:
        outer.append(CONTAINS)
        values["q"] = wanted.q.lower()
    if after is not None:
        compared: LiteralString = "<" if is_falling else ">"
        outer.append("(" + key + ", r.id) " + compared + " (%(rank)s, %(last)s)")
        values |= {"rank": after.value, "last": after.id}
    newest = ", " + key + " AS rank " + NEWEST + " AND ".join(inner) + NEWEST_LIMIT
    where: LiteralString = " WHERE " + " AND ".join(outer) if outer else ""
    order: LiteralString = " ORDER BY rank DESC, r.id DESC" if is_falling else " ORDER BY rank, r.id"
    statement = COLUMNS.replace("FROM runs r", newest) + where + order + " LIMIT %(limit)s"
    async with ctx.tx.cursor(row_factory=kwargs_row(_ranked)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
