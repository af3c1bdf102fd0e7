"""What `retinue doctor` asks the database: is it there, has it this version's schema, is the serving role weak enough."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg

from retinue.cli.finding import Finding, State
from retinue.core.clock import SKEW_WORTH_TELLING_SECONDS, DatabaseClock, SystemClock, told
from retinue.core.dispatch.repository_workers import NO_WORKER, count_living, list_skewed
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.state import QUEUE_FUNCTIONS, READ_MISSING, READ_REVISION, problem_of, queue_problem

OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
CONNECT_SECONDS = 10
ROLE = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_strong,
       (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid) AS owned_count
FROM pg_roles WHERE rolname = 'retinue_app'
"""
OPEN_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public'
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname
"""


async def examine_database(url: str, *, is_serving: bool, stall_seconds: float) -> list[Finding]:
    """Look at the database behind this address; what cannot be asked is a finding too.

    While an API serves, a worker must be there, too.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True)
    except psycopg.OperationalError as error:
        text = f"The database does not answer: {' '.join(str(error).split())}"
        return [Finding("Database", State.FAILED, text, "Check DATABASE_URL, the server, and the network between.")]
    async with connection:
        return [finding async for finding in _examine(connection, is_serving=is_serving, stall_seconds=stall_seconds)]


async def _examine(
    connection: psycopg.AsyncConnection[Any], *, is_serving: bool, stall_seconds: float
) -> AsyncIterator[Finding]:
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
        queue = await _queue(connection)
        yield queue
        if queue.state is State.OK:
            yield await _workers(connection, is_serving=is_serving, stall_seconds=stall_seconds)
        async for finding in _traces(connection):
            yield finding
        async for finding in _metrics(connection):
            yield finding


async def _schema(connection: psycopg.AsyncConnection[Any]) -> Finding:
    try:
        row = await (await connection.execute(READ_REVISION)).fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    except psycopg.errors.InsufficientPrivilege:
        return Finding(
            "Schema", State.MIND, "This role may not read the schema's revision.", "Set DATABASE_URL to the owner's."
        )
    problem = problem_of(str(row[0]) if row else None)
    if problem is None:
        return Finding("Schema", State.OK, f"The schema is this version's ({SCHEMA_REVISION}).")
    return Finding("Schema", State.FAILED, problem.text, problem.remedy)


async def _queue(connection: psycopg.AsyncConnection[Any]) -> Finding:
    missing = await (await connection.execute(READ_MISSING, (list(QUEUE_FUNCTIONS),))).fetchall()
    problem = queue_problem([name for (name,) in missing])
    if problem is None:
        return Finding("Queue", State.OK, "The queue's schema is that of this version's Procrastinate.")
    return Finding("Queue", State.FAILED, problem.text, problem.remedy)


async def _workers(connection: psycopg.AsyncConnection[Any], *, is_serving: bool, stall_seconds: float) -> Finding:
    count = await count_living(connection, stall_seconds)
    if count:
        return Finding("Workers", State.OK, f"{count} {'worker gives' if count == 1 else 'workers give'} signs of life.")
    text, _, remedy = NO_WORKER.partition(". ")
    return Finding("Workers", State.FAILED if is_serving else State.MIND, f"{text}.", remedy)


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
            "Tenants", State.FAILED, text, "ALTER TABLE … ENABLE, FORCE ROW LEVEL SECURITY; someone switched it off."
        )
    return Finding("Tenants", State.OK, "Row-level security is forced on every tenant table.")


async def _traces(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[Finding]:
    """Tell of each destination of traces that is in use; of none, where none was set."""
    cursor = await connection.execute("SELECT name, waiting, failures, error FROM tenant.trace_standing() WHERE is_active")
    for name, waiting, failures, error in await cursor.fetchall():
        if failures:
            text = f"{waiting:,} runs wait for {name}, which failed {failures} times in a row: {error}"
            remedy = "Check its URL and credentials (RETINUE_OTLP_…, RETINUE_LANGFUSE_…) and the server."
            yield Finding("Traces", State.MIND, text, remedy)
        else:
            yield Finding("Traces", State.OK, f"They are exported to {name}; {waiting:,} runs wait for it.")


async def _metrics(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[Finding]:
    """Tell of the InfluxDB that receives metrics, where one is in use."""
    cursor = await connection.execute(
        "SELECT waiting, failures, error, dropped_count FROM tenant.metric_export_standing() WHERE is_active"
    )
    for waiting, failures, error, dropped in await cursor.fetchall():
        lost = f" {dropped:,} were dropped so far." if dropped else ""
        if failures:
            text = f"{waiting:,} points wait for InfluxDB, which failed {failures} times in a row: {error}{lost}"
            yield Finding("InfluxDB", State.MIND, text, "Check RETINUE_INFLUXDB_…, its credentials and the server.")
        else:
            yield Finding("InfluxDB", State.OK, f"It receives metrics; {waiting:,} points wait.{lost}")
