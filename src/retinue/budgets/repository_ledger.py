"""All SQL of the ledger. Each statement is a transaction by itself (``functions/budgets.sql``)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.json import JsonObject, dumps


@dataclass(frozen=True, slots=True)
class Shortage:
    """The budget that a call does not fit into, as it is at that moment; ``is_spent``: also without the calls under way."""

    call_id: UUID
    budget_id: UUID
    name: str
    scope: str
    period: str
    at_limit: str
    limit_usd: Decimal | None
    limit_tokens: int | None
    granted_usd: Decimal
    granted_tokens: int
    reserved_usd: Decimal
    reserved_tokens: int
    settled_usd: Decimal
    settled_tokens: int
    ends_at: datetime | None
    fallback_provider_id: UUID | None
    fallback_model: str | None
    is_spent: bool
    is_news: bool


_RESERVE: LiteralString = "SELECT * FROM tenant.reserve_spending(organizations => %s, calls => %s)"
_SETTLE: LiteralString = "SELECT tenant.settle_spending(organizations => %s, endings => %s)"
_LIMITED: LiteralString = "SELECT tenant.organizations_with_budgets()"
_REAP: LiteralString = "SELECT tenant.reap_spending(most => %s)"
_REAP_RUN: LiteralString = "SELECT tenant.reap_spending(most => %s, run => %s, held_lease => %s)"
_KEEP: LiteralString = "SELECT tenant.keep_budgets(entry_days => %s, counter_days => %s, most => %s)"
_MOST_OF_RUN = 10_000


async def reserve(database: Database, organizations: Collection[str], calls: Sequence[JsonObject]) -> dict[UUID, Shortage]:
    """Reserve the worst cases of calls; return what is short, by the id of the call that may not be made."""
    rows = await database.statement(_RESERVE, (_array(organizations), dumps(list(calls)).decode()))
    return {row[0]: Shortage(*row) for row in rows}


async def settle(database: Database, organizations: Collection[str], endings: Sequence[JsonObject]) -> int:
    """End reservations, settled or released; return how many events were told. May be repeated."""
    return int((await database.statement(_SETTLE, (_array(organizations), dumps(list(endings)).decode())))[0][0])


async def list_limited(database: Database) -> frozenset[UUID]:
    """Return the organizations that have budgets."""
    return frozenset(row[0] for row in await database.statement(_LIMITED, ()))


async def reap(database: Database, most: int) -> int:
    """End reservations that nobody will settle; return how many."""
    return int((await database.statement(_REAP, (most,)))[0][0])


async def reap_run(database: Database, run_id: UUID, lease: int) -> int:
    """End the reservations of a run's earlier executions; return how many."""
    return int((await database.statement(_REAP_RUN, (_MOST_OF_RUN, run_id, lease)))[0][0])


async def keep(database: Database, entry_days: int, counter_days: int, most: int) -> int:
    """Delete what is older than it is kept; return how many entries."""
    return int((await database.statement(_KEEP, (entry_days, counter_days, most)))[0][0])


def _array(organizations: Collection[str]) -> str:
    return "{" + ",".join(sorted(set(organizations))) + "}"
