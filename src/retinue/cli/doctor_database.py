"""What `retinue doctor` asks the database: is it there, has it this version's schema, is the serving role weak enough."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg

from retinue.cli.finding import Finding, State
from retinue.core.clock import SKEW_WORTH_TELLING_SECONDS, DatabaseClock, SystemClock, told
from retinue.core.dispatch.repository_workers import list_skewed
from retinue.migrations.revision import SCHEMA_REVISION

OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
CONNECT_SECONDS = 10
REVISION = "SELECT version_num FROM alembic_version"
ROLE = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_strong,
       (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid) AS owned_count
FROM pg_roles WHERE rolname = 'retinue_app'
"""
OPEN_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname
"""


async def examine_database(url: str) -> list[Finding]:
    """Look at the database behind this address; what cannot be asked is a finding too."""
    try:
        connection = await psycopg.AsyncConnection.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True)
    except psycopg.OperationalError as error:
        text = f"The database does not answer: {' '.join(str(error).split())}"
        return [Finding("Database", State.FAILED, text, "Check DATABASE_URL, the server, and the network between.")]
    async with connection:
        return [finding async for finding in _examine(connection)]


async def _examine(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[Finding]:
    major = connection.info.server_version // 10000
    if OLDEST_MAJOR <= major <= NEWEST_MAJOR:
        yield Finding("Database", State.OK, f"PostgreSQL {major} answers.")
    else:
        known = f"PostgreSQL {OLDEST_MAJOR} to {NEWEST_MAJOR}"
        yield Finding(
            "Database", State.FAILED, f"This is PostgreSQL {major}; Retinue is tested on {known}.", f"Use {known}."
        )
    schema = await _schema(connection)
    yield schema
    if schema.state is State.OK:
        yield await _role(connection)
        yield await _isolation(connection)
        yield await _clocks(connection)


async def _schema(connection: psycopg.AsyncConnection[Any]) -> Finding:
    try:
        row = await (await connection.execute(REVISION)).fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    except psycopg.errors.InsufficientPrivilege:
        return Finding(
            "Schema", State.MIND, "This role may not read the schema's revision.", "Set DATABASE_URL to the owner's."
        )
    revision = str(row[0]) if row else ""
    if revision == SCHEMA_REVISION:
        return Finding("Schema", State.OK, f"The schema is this version's ({revision}).")
    if revision > SCHEMA_REVISION:
        text = f"The schema is {revision}, of a newer Retinue than this ({SCHEMA_REVISION})."
        return Finding("Schema", State.FAILED, text, "Start that version or a later one.")
    text = f"The schema is {revision or 'not there yet'}; this version needs {SCHEMA_REVISION}."
    return Finding("Schema", State.FAILED, text, "Run 'retinue migrate', or start 'retinue up'.")


async def _role(connection: psycopg.AsyncConnection[Any]) -> Finding:
    row = await (await connection.execute(ROLE)).fetchone()
    if row is None:
        return Finding(
            "Serving role", State.FAILED, "The role retinue_app is not there.", "Run 'retinue migrate' as the owner."
        )
    is_strong, owned_count = row
    if is_strong or owned_count:
        text = (
            f"The role retinue_app must have no power; it owns {owned_count} objects, or may pass what keeps tenants apart."
        )
        remedy = (
            "ALTER ROLE retinue_app NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB, and give what it owns to the owner."
        )
        return Finding("Serving role", State.FAILED, text, remedy)
    return Finding("Serving role", State.OK, "The role retinue_app owns nothing and bypasses nothing.")


async def _clocks(connection: psycopg.AsyncConnection[Any]) -> Finding:
    clock = DatabaseClock(SystemClock())
    asked_at = clock.machine.now()
    row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
    if row is not None:
        clock.observe(row[0], asked_at=asked_at, heard_at=clock.machine.now())
    off = [
        f"worker {name}: {told(seconds)} it" for name, seconds in await list_skewed(connection, SKEW_WORTH_TELLING_SECONDS)
    ]
    if clock.is_off:
        off.insert(0, f"this machine: {told(clock.skew_seconds)} it")
    if not off:
        return Finding("Clocks", State.OK, "The clocks of this machine and of the workers agree with the database's.")
    remedy = "Set the clocks, by NTP. A worker that is off deletes and repairs nothing; beyond 30 s it takes no runs."
    return Finding("Clocks", State.FAILED, f"Clocks differ from the database's: {'; '.join(off)}.", remedy)


async def _isolation(connection: psycopg.AsyncConnection[Any]) -> Finding:
    tables = [str(row[0]) for row in await (await connection.execute(OPEN_TABLES)).fetchall()]
    if tables:
        text = f"Tables whose row-level security is not forced: {', '.join(tables)}."
        return Finding(
            "Tenants", State.FAILED, text, "ALTER TABLE … ENABLE, FORCE ROW LEVEL SECURITY; somebody switched it off."
        )
    return Finding("Tenants", State.OK, "Row-level security is forced on every tenant table.")
