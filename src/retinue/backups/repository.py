"""All SQL of backups. Most runs as the owner of the schema; the serving role asks for the state alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, kwargs_row

from retinue.backups.types import BackupAttempt, BackupStatus, BackupTrigger, Table
from retinue.migrations.state import READ_REVISION

if TYPE_CHECKING:  # it would double the start of the commands, which have no pool
    from retinue.core.db.database import Database

Owner = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class State:
    """The daily backups by the database's clock. ``is_running``: one is being made now; ``error`` is the last failure's."""

    now: datetime
    is_running: bool
    last_success_at: datetime | None
    last_failure_at: datetime | None
    error: str | None


_STATE: LiteralString = "SELECT now, is_running, last_success_at, last_failure_at, error FROM tenant.backup_state()"


async def get_state(database: "Database") -> State:
    """Return the state of the daily backups, as the serving role."""
    ((now, is_running, succeeded, failed, error),) = await database.statement(_STATE, ())
    return State(now, is_running, succeeded, failed, error)


async def get_state_as_owner(connection: Owner) -> State | None:
    """Return the same as the owner; None when the schema has no record of backups yet."""
    return await get_state_on(connection) if await _has_record(connection) else None


async def get_state_on(connection: Owner) -> State:
    """Return the same over a connection, of the owner or of the serving role."""
    async with connection.cursor(row_factory=class_row(State)) as cursor:
        found = await (await cursor.execute(_STATE)).fetchone()
    if found is None:
        raise RuntimeError
    return found


_REQUESTED: LiteralString = "SELECT id, requested_at FROM tenant.requested_backup()"


async def get_request(database: "Database") -> tuple[UUID, datetime] | None:
    """Return the backup that a superuser asked for and nobody has begun: its id, and when; as the serving role."""
    rows = await database.statement(_REQUESTED, ())
    return (rows[0][0], rows[0][1]) if rows else None


async def get_request_on(connection: Owner) -> tuple[UUID, datetime] | None:
    """Return the same over a connection, of the owner or of the serving role."""
    row = await (await connection.execute(_REQUESTED)).fetchone()
    return None if row is None else (row[0], row[1])


_REQUEST: LiteralString = "SELECT id, requested_at FROM tenant.request_backup(%s)"


async def request(connection: Owner, backup_id: UUID) -> UUID:
    """Ask for a backup, as a superuser; return its id, which is that of an earlier request that waits."""
    row = await (await connection.execute(_REQUEST, (backup_id,))).fetchone()
    if row is None:
        raise RuntimeError
    return row[0]


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """The last recorded rehearsal with its error, and when the last one succeeded, by the database's clock."""

    now: datetime
    last_at: datetime | None
    error: str | None
    last_success_at: datetime | None


_REHEARSALS: LiteralString = "SELECT now, last_at, error, last_success_at FROM tenant.rehearsal_state()"


async def get_rehearsals(database: "Database") -> Rehearsals:
    """Return how the rehearsals stand, as the serving role."""
    ((now, last_at, error, succeeded),) = await database.statement(_REHEARSALS, ())
    return Rehearsals(now, last_at, error, succeeded)


async def get_rehearsals_on(connection: Owner) -> Rehearsals:
    """Return the same over a connection, of the owner or of the serving role."""
    async with connection.cursor(row_factory=class_row(Rehearsals)) as cursor:
        found = await (await cursor.execute(_REHEARSALS)).fetchone()
    if found is None:
        raise RuntimeError
    return found


def _attempt(**row: Any) -> BackupAttempt:  # noqa: ANN401 - the columns below
    row["trigger"], row["status"] = BackupTrigger(row["trigger"]), BackupStatus(row["status"])
    return BackupAttempt(**row)


_LIST: LiteralString = """
SELECT id, trigger, status, host, place, size_bytes, error, started_at, finished_at, rehearsed_at, rehearsal_error
FROM tenant.list_backups(%s)
"""


async def list_attempts(connection: Owner, most: int) -> list[BackupAttempt]:
    """Return the newest attempts, newest first, to a superuser."""
    async with connection.cursor(row_factory=kwargs_row(_attempt)) as cursor:
        return await (await cursor.execute(_LIST, (most,))).fetchall()


_NOTIFY: LiteralString = "SELECT organization_id, user_id FROM tenant.notify_of_backups(%s)"


async def notify(database: "Database", message: str | None) -> list[tuple[UUID, UUID]]:
    """Notify superusers, or with None settle it; return the organizations and persons that have news."""
    return [(organization, person) for organization, person in await database.statement(_NOTIFY, (message,))]


_REHEARSED: LiteralString = "UPDATE backups SET rehearsed_at = tenant.now(), rehearsal_error = %s WHERE id = %s RETURNING 1"


async def record_rehearsal(connection: Owner, backup_id: UUID, error: str | None) -> bool:
    """Record a rehearsal with the backup that it tried. False: this database was not the one that was backed up."""
    return await (await connection.execute(_REHEARSED, (error, backup_id))).fetchone() is not None


_LOCK: LiteralString = """
SELECT set_config('idle_in_transaction_session_timeout', '0', true), set_config('lock_timeout', '120s', true),
  pg_try_advisory_xact_lock(tenant.lock_key('backup'))
"""
_HOLD_FILES: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('files'))"


async def lock(connection: Owner) -> bool:
    """Become the one backup of this database until the transaction ends; False when there is another."""
    row = await (await connection.execute(_LOCK)).fetchone()
    return bool(row and row[2])


async def hold_files(connection: Owner) -> None:
    """Wait until no file is being deleted, and let none be deleted until the transaction ends."""
    await connection.execute(_HOLD_FILES)


_SNAPSHOT: LiteralString = """
SELECT set_config('idle_in_transaction_session_timeout', '0', true), set_config('statement_timeout', '0', true),
  pg_export_snapshot(), set_config('app.is_system', 'on', true)
"""
# An owner is a member of the serving role, so policies that restrict that role hide rows from an owner that is no superuser,
# except from the platform. A policy that hides rows from the platform as well would make every backup incomplete.
_HIDDEN: LiteralString = """
SELECT DISTINCT p.polrelid::regclass::text FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_roles me ON me.rolname = current_user
WHERE c.relrowsecurity AND NOT me.rolsuper AND NOT me.rolbypassrls AND (
  (NOT p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) NOT LIKE '%tenant.is\\_system()%'
    AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(me.oid, r, 'USAGE')))
  OR NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = p.polrelid AND o.polpermissive AND o.polroles = ARRAY[me.oid]
    AND pg_get_expr(o.polqual, o.polrelid) = 'true'))
"""


async def export_snapshot(connection: Owner) -> str:
    """Return the name of the snapshot of this transaction, which must be its first statement."""
    row = await (await connection.execute(_SNAPSHOT)).fetchone()
    return str(row[2]) if row else ""


async def read_revision(connection: Owner) -> str:
    """Return the schema's revision; empty when the database has no schema of Retinue."""
    try:
        row = await (await connection.execute(READ_REVISION)).fetchone()
    except psycopg.errors.UndefinedTable:
        return ""
    return str(row[0]) if row else ""


async def list_hidden(connection: Owner) -> list[str]:
    """Return the tables of which the connection's role might not see every row."""
    return [str(name) for (name,) in await (await connection.execute(_HIDDEN)).fetchall()]


_FILES: LiteralString = """
SELECT c.table_name::text FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.column_name = 'storage_key' ORDER BY 1
"""
_KEYS = sql.SQL("SELECT storage_key, size, checksum FROM {} ORDER BY storage_key")


async def list_files(connection: Owner) -> dict[str, tuple[int, str]]:
    """Return every file that rows refer to: storage key → size in bytes, SHA-256."""
    found: dict[str, tuple[int, str]] = {}
    for (table,) in await (await connection.execute(_FILES)).fetchall():
        rows = await connection.execute(_KEYS.format(sql.Identifier("public", table)))
        found |= {key: (size, checksum) for key, size, checksum in await rows.fetchall()}
    return found


_TABLES: LiteralString = """
SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_UNIFORM: LiteralString = """
SELECT set_config('app.is_system', 'on', true), set_config('TimeZone', 'UTC', true),
  set_config('DateStyle', 'ISO, YMD', true),
  set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
  set_config('bytea_output', 'hex', true)
"""
_MEASURE = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t")


async def measure_tables(connection: Owner) -> tuple[Table, ...]:
    """Count the rows of every table that a backup holds, and hash their texts; all in the connection's transaction."""
    await connection.execute(_UNIFORM)
    measured: list[Table] = []
    for schema, name in await (await connection.execute(_TABLES)).fetchall():
        row = await (await connection.execute(_MEASURE.format(sql.Identifier(schema, name)))).fetchone()
        rows, digest = row or (0, "0")
        measured.append(Table(f"{schema}.{name}", rows, digest))
    return tuple(measured)


_OBJECTS: LiteralString = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


async def count_objects(connection: Owner) -> int:
    """Count the tables, views and sequences of the database that no extension made."""
    row = await (await connection.execute(_OBJECTS)).fetchone()
    return int(row[0]) if row else 0


_HAS_RECORD: LiteralString = "SELECT to_regclass('public.backups') IS NOT NULL"


async def _has_record(connection: Owner) -> bool:
    row = await (await connection.execute(_HAS_RECORD)).fetchone()
    return bool(row and row[0])


_IDS: LiteralString = "SELECT id::text FROM backups WHERE NOT %s OR status = 'running'"


async def list_ids(connection: Owner) -> set[str]:
    """Return the ids of all attempts to back up this database."""
    return await _ids(connection, is_running=False)


async def list_running(connection: Owner) -> set[str]:
    """Return those of which the record says that they are being made."""
    return await _ids(connection, is_running=True)


async def _ids(connection: Owner, *, is_running: bool) -> set[str]:
    if not await _has_record(connection):
        return set()
    return {found for (found,) in await (await connection.execute(_IDS, (is_running,))).fetchall()}


_INTERRUPT: LiteralString = """
UPDATE backups SET status = 'failed', finished_at = tenant.now(), error = 'The process that made it ended early.'
WHERE status = 'running'
"""
_INSERT: LiteralString = "INSERT INTO backups (id, trigger, status, host) VALUES (%s, %s, 'running', %s)"


async def begin(connection: Owner, backup_id: UUID, trigger: BackupTrigger, host: str) -> None:
    """Record that a backup begins. Whatever else says it is running has ended: the caller holds the lock."""
    if await _has_record(connection):
        await connection.execute(_INTERRUPT)
        await connection.execute(_INSERT, (backup_id, trigger, host))


_FINISH: LiteralString = """
UPDATE backups SET status = %s, finished_at = tenant.now(), place = %s, size_bytes = %s, error = %s WHERE id = %s
"""


async def finish(
    connection: Owner, backup_id: UUID, *, place: str | None, size_bytes: int | None, error: str | None
) -> None:
    """Record how a backup ended."""
    if await _has_record(connection):
        status = "succeeded" if error is None else "failed"
        await connection.execute(_FINISH, (status, place, size_bytes, error, backup_id))


_CLEAR = sql.SQL("UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL")


async def clear_column(connection: Owner, table: str, column: str) -> None:
    """Set a column to null in every row; the table's name may have a schema."""
    name = sql.Identifier(*table.replace('"', "").split("."))
    await connection.execute(_CLEAR.format(table=name, column=sql.Identifier(column)))
