"""What a migration will do, tried on a scratch database: each pending step, and the locks that it took.

The scratch database is made on the same server with the schema of the database at hand and without its rows. The steps are
carried out there; after each, the locks that its transaction holds on older tables are read from ``pg_locks``.
"""

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
    """A pending step: its revision, what it does, and its locks; None when they could not be observed."""

    revision: str
    summary: str
    locks: tuple[Lock, ...] | None


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
        return Plan(
            current,
            SCHEMA_REVISION,
            tuple(Step(*each, _sized(connection, observed.get(each[0], {}))) for each in steps),
            None,
        )


def _observe(connection: psycopg.Connection[Any], url: str, current: str) -> dict[str, dict[str, str]]:
    """Migrate a scratch database; return, by revision, the strongest lock on each table that the step added."""
    observed: dict[str, dict[str, str]] = {}
    with _scratch(connection, url) as scratch:
        upgrade(scratch, current, is_partial=True)
        with psycopg.connect(scratch) as fresh:
            known = [oid for (oid,) in fresh.execute(_TABLES).fetchall()]
        before: set[tuple[str, str]] = set()

        def watch(driver: Any, revision: str) -> None:  # noqa: ANN401 - a psycopg connection
            held = set(driver.execute(_LOCKS, (known,)).fetchall())
            strongest: dict[str, str] = {}
            for table, mode in held - before:
                if mode in _BLOCKING and _is_stronger(mode, strongest.get(table)):
                    strongest[table] = mode
            observed[revision] = strongest
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


def _sized(connection: psycopg.Connection[Any], locks: dict[str, str]) -> tuple[Lock, ...]:
    found: list[Lock] = []
    for table, mode in sorted(locks.items()):
        row = connection.execute(_SIZE, (table,)).fetchone()
        size, rows = row or (0, 0)
        found.append(Lock(table, mode, _BLOCKING[mode], int(size), int(rows)))
    return tuple(found)
