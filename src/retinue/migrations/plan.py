"""What a migration will do, tried on a scratch database: each pending step, its locks, and the indexes that it builds.

The scratch database is made on the same server with the schema of the database at hand and without its rows. The steps are
carried out there; after each, the locks that its transaction holds on older tables are read from ``pg_locks``.
"""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import pending, upgrade
from retinue.migrations.state import READ_REVISION

_BLOCKING = {
    "AccessExclusiveLock": "reads and writes wait",
    "ExclusiveLock": "writes wait",
    "ShareRowExclusiveLock": "writes wait",
    "ShareLock": "writes wait",
    "ShareUpdateExclusiveLock": "reads and writes go on",
    "RowExclusiveLock": "reads and writes go on",
}
"""Mode of a lock → what it means for others during the migration."""
_STRENGTH = list(reversed(_BLOCKING))
_TABLES: LiteralString = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
_LOCKS: LiteralString = """
SELECT l.relation::regclass::text, l.mode FROM pg_locks l
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation = ANY (%s)
"""
_SIZE: LiteralString = """
SELECT pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = to_regclass(%s)
"""


# The columns of an index are those that it depends on: in its key, its expressions and its condition.
_INDEXES: LiteralString = """
SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid),
  (SELECT array_agg(d.refobjsubid) FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
FROM pg_index i WHERE i.indrelid = ANY (%s)
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""
_COLUMNS: LiteralString = """
SELECT attrelid::regclass::text, array_agg(attnum) FROM pg_attribute WHERE attrelid = ANY (%s) AND attnum > 0 GROUP BY 1
"""
_EXISTS: LiteralString = "SELECT to_regclass(%s) IS NOT NULL"
_DEFINITION = re.compile(r"^(CREATE (?:UNIQUE )?INDEX) ")


@dataclass(frozen=True, slots=True)
class Index:
    """An index that a step builds on an older table, while writes to the table wait.

    ``ahead`` builds it before the migration, while writes go on; empty when it needs columns that the migration adds.
    """

    name: str
    table: str
    ahead: str
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that a step took on a table: its mode, what others can do, and how large the table is here."""

    table: str
    mode: str
    effect: str
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Step:
    """A pending step: its revision, what it does, its locks and indexes; None when they could not be observed."""

    revision: str
    summary: str
    locks: tuple[Lock, ...] | None
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """From which schema to which, and the steps. ``why_unobserved``: why there was no scratch database."""

    current: str
    target: str
    steps: tuple[Step, ...]
    why_unobserved: str | None


def make_plan(url: str) -> Plan:
    """Return what a migration of this database will do. The database itself is only read.

    Raises ``psycopg.Error``, and Alembic's ``CommandError`` for a schema that this version does not know.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            row = connection.execute(READ_REVISION).fetchone()
        except psycopg.errors.UndefinedTable:
            row = None
        current = str(row[0]) if row else ""
        steps = pending(current)
        if not current or not steps:
            why = None if current else "The database is empty: nobody waits for a lock."
            return Plan(current, SCHEMA_REVISION, tuple(Step(*each, None) for each in steps), why)
        try:
            observed = _observe(connection, url, current)
        except psycopg.errors.InsufficientPrivilege:
            why = "The role of DATABASE_URL may not create databases, so no scratch copy was migrated. Grant it CREATEDB."
            return Plan(current, SCHEMA_REVISION, tuple(Step(*each, None) for each in steps), why)
        return Plan(current, SCHEMA_REVISION, tuple(_step(connection, *each, observed.get(each[0])) for each in steps), None)


@dataclass(slots=True)
class _Observed:
    """What a step did: the strongest lock that it added on each table, and the indexes that it built."""

    locks: dict[str, str]
    indexes: list[tuple[str, str, str]]


def _step(connection: psycopg.Connection[Any], revision: str, summary: str, found: _Observed | None) -> Step:
    if found is None:
        return Step(revision, summary, ())
    return Step(revision, summary, _sized(connection, found.locks), _to_build(connection, found.indexes))


def _observe(connection: psycopg.Connection[Any], url: str, current: str) -> dict[str, _Observed]:
    """Migrate a scratch database; return, by revision, what the step did."""
    observed: dict[str, _Observed] = {}
    with _scratch(connection, url) as scratch:
        upgrade(scratch, current, is_partial=True)
        with psycopg.connect(scratch) as fresh:
            known = [oid for (oid,) in fresh.execute(_TABLES).fetchall()]
            columns = {table: set(numbers) for table, numbers in fresh.execute(_COLUMNS, (known,)).fetchall()}
            built = {name for name, *_ in fresh.execute(_INDEXES, (known,)).fetchall()}
        before: set[tuple[str, str]] = set()

        def watch(driver: Any, revision: str) -> None:  # noqa: ANN401 - a psycopg connection
            held = set(driver.execute(_LOCKS, (known,)).fetchall())
            strongest: dict[str, str] = {}
            for table, mode in held - before:
                if mode in _BLOCKING and _is_stronger(mode, strongest.get(table)):
                    strongest[table] = mode
            indexes: list[tuple[str, str, str]] = []
            for name, table, definition, needed in driver.execute(_INDEXES, (known,)).fetchall():
                if name not in built:
                    is_ready = set(needed or ()) <= columns.get(table, set())
                    ahead = _DEFINITION.sub(r"\1 CONCURRENTLY IF NOT EXISTS ", definition) if is_ready else ""
                    indexes.append((name, table, ahead))
                    built.add(name)
            observed[revision] = _Observed(strongest, indexes)
            before.update(held)

        upgrade(scratch, watch=watch)
    return observed


def _is_stronger(mode: str, than: str | None) -> bool:
    return than is None or _STRENGTH.index(mode) > _STRENGTH.index(than)


@contextmanager
def _scratch(connection: psycopg.Connection[Any], url: str) -> Generator[str]:
    name = f"retinue_plan_{secrets.token_hex(6)}"
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        parts = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
        password = parts.pop("password", "")
        user, host, port = parts.get("user", ""), parts.get("host", ""), parts.get("port", "")
        yield _url(name, user=str(user), password=str(password), host=str(host), port=str(port))
    finally:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(name: str, *, user: str, password: str, host: str, port: str) -> str:

    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    place = urlencode({key: value for key, value in (("host", host), ("port", port)) if value})
    return f"postgresql://{login}/{name}?{place}"


def _to_build(connection: psycopg.Connection[Any], indexes: list[tuple[str, str, str]]) -> tuple[Index, ...]:
    """Leave out what is there already."""
    found: list[Index] = []
    for name, table, ahead in indexes:
        row = connection.execute(_EXISTS, (name,)).fetchone()
        if not row or not row[0]:
            size, rows = connection.execute(_SIZE, (table,)).fetchone() or (0, 0)
            found.append(Index(name, table, ahead, int(size), int(rows)))
    return tuple(found)


def _sized(connection: psycopg.Connection[Any], locks: dict[str, str]) -> tuple[Lock, ...]:
    found: list[Lock] = []
    for table, mode in sorted(locks.items()):
        row = connection.execute(_SIZE, (table,)).fetchone()
        size, rows = row or (0, 0)
        found.append(Lock(table, mode, _BLOCKING[mode], int(size), int(rows)))
    return tuple(found)
