"""All SQL of subscriptions. Snapshots are texts of PostgreSQL's ``pg_snapshot``: they say which transactions were seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, UserId
from retinue.core.json import loads
from retinue.realtime.types import Change, Operation

Wanted = tuple[OrganizationId, str]
"""An organization and the name of a table."""
Sought = tuple[OrganizationId, str, str | None, str | None]
"""The same, with a column and the text that its rows must have, or have had; None for all rows."""

_DESCRIBE: LiteralString = "SELECT table_name, column_name, type, is_key FROM realtime.describe()"


async def describe(database: Database) -> list[tuple[str, str, str, bool]]:
    """List the published columns as (table, column, type, is key)."""
    return [(row[0], row[1], row[2], row[3]) for row in await database.statement(_DESCRIBE, ())]


_WANT: LiteralString = "SELECT realtime.want(%s::uuid[], %s::text[], %s)::text"


async def want(database: Database, wanted: Sequence[Wanted], hold: timedelta) -> str | None:
    """Have changes entered for a while; returns the transaction to wait for when that begins only now."""
    organizations, tables = [each for each, _ in wanted], [table for _, table in wanted]
    rows = await database.statement(_WANT, (organizations, tables, hold))
    return rows[0][0]


_IS_SETTLED: LiteralString = "SELECT realtime.is_settled(%s::xid8)"


async def is_settled(database: Database, transaction: str) -> bool:
    """Say whether everything older than a transaction has ended."""
    return bool((await database.statement(_IS_SETTLED, (transaction,)))[0][0])


_NOW_SEEN: LiteralString = "SELECT realtime.now_seen()"


async def now_seen(database: Database) -> str:
    """Return the snapshot of now."""
    return str((await database.statement(_NOW_SEEN, ()))[0][0])


_READ: LiteralString = """
SELECT seen, id, organization_id, table_name, operation, record, before, changed_at
FROM realtime.read(%s::pg_snapshot, %s::pg_snapshot, %s, %s)
"""


async def read(database: Database, since: str, upto: str | None, after: int, most: int) -> tuple[str, list[Change]]:
    """Return changes between two snapshots (the later one is that of now without ``upto``), and the later one."""
    rows = await database.statement(_READ, (since, upto, after, most))
    return str(rows[0][0]), [_change(row[1:]) for row in rows if row[1] is not None]


_MISSED: LiteralString = """
SELECT is_whole, seen, id, organization_id, table_name, operation, record, before, changed_at
FROM realtime.missed(%s, %s, %s::pg_snapshot, %s::pg_snapshot, %s, %s::uuid[], %s::text[], %s::text[], %s::text[], %s)
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Changes since an instant, that one snapshot has not seen and a later one has (of now, without), after a number.

    Those of transactions that began a little earlier, by ``overlap``, are among them.
    """

    since: datetime
    overlap: timedelta
    seen: str | None = None
    upto: str | None = None
    after: int = 0


async def missed(database: Database, window: Window, wanted: Sequence[Sought], most: int) -> tuple[bool, str, list[Change]]:
    """Return changes in a window, the later snapshot, and whether what was wanted has been entered since the instant."""
    lists = [[each[place] for each in wanted] for place in range(4)]
    given = (window.since, window.overlap, window.seen, window.upto, window.after, *lists, most)
    rows = await database.statement(_MISSED, given)
    return bool(rows[0][0]), str(rows[0][1]), [_change(row[2:]) for row in rows if row[2] is not None]


_JUDGE: LiteralString = "SELECT reader, image FROM realtime.judge(%s, %s::text[], %s::uuid[], %s::text[])"


async def judge(
    database: Database, table: str, images: Sequence[str], readers: Sequence[tuple[UserId, Sequence[OrganizationId]]]
) -> set[tuple[int, int]]:
    """Return which reader may read which row, as (place of the reader, place of the row) from 0."""
    persons = [user_id for user_id, _ in readers]
    places = ["{" + ",".join(str(each) for each in organizations) + "}" for _, organizations in readers]
    rows = await database.statement(_JUDGE, (table, list(images), persons, places))
    return {(reader - 1, image - 1) for reader, image in rows}


_DELETE_EXPIRED: LiteralString = "SELECT realtime.delete_expired(%s)"


async def delete_expired(database: Database, age: timedelta) -> int:
    """Delete changes older than an age; returns how many."""
    return int((await database.statement(_DELETE_EXPIRED, (age,)))[0][0])


def _change(row: Sequence[Any]) -> Change:
    number, organization_id, table, operation, record, before, changed_at = row
    return Change(
        number,
        OrganizationId(organization_id),
        table,
        Operation(operation),
        _object(record),
        record,
        None if before is None else _object(before),
        before,
        changed_at,
    )


def _object(text: str) -> dict[str, Any]:
    document: Any = loads(text)
    return document
