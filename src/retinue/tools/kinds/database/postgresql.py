"""Statements on PostgreSQL: one statement a connection, its parameters bound by the server.

A reading statement is the query of a cursor inside a READ ONLY transaction in which a query was made already, below a
savepoint: so the server refuses everything that is no query, every write of a function, and any return to READ WRITE.
Roles that may run programs or write files of the server are refused, because no transaction keeps those in.
Sources: PostgreSQL documentation, SET TRANSACTION, DECLARE; libpq, Parameter Key Words.
"""

import asyncio
import os
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor, AsyncRawServerCursor, errors
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader

from retinue.core.json import Json, dumps, loads
from retinue.tools.kinds.database.values import Answer, Column, Query, Rows, Server, StatementError, as_json

_BATCH = 100
_TRAFFIC_SLACK = 4 * 1024 * 1024
_TCP_INFO_BYTES, _BYTES_RECEIVED_AT = 136, 128
"""Where Linux's ``struct tcp_info`` (linux/tcp.h) holds tcpi_bytes_received."""

_EXACT = frozenset({"bool", "int2", "int4", "int8", "oid", "float4", "float8", "bytea", "json", "jsonb"})
_SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

_BEGIN = """
BEGIN {mode};
SET LOCAL statement_timeout = {timeout_ms};
SET LOCAL idle_in_transaction_session_timeout = {idle_ms};
SET LOCAL default_transaction_read_only = {read_only};
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL timezone = 'UTC';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SAVEPOINT retinue;
SELECT coalesce(string_agg(role, ', '), '') FROM (
  SELECT 'superuser' AS role FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user) AND rolsuper
  UNION SELECT rolname::text FROM pg_catalog.pg_roles
  WHERE rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')
    AND pg_catalog.pg_has_role(session_user, oid, 'MEMBER')) AS mighty
"""
_ONLY_QUERIES = "This tool only reads: it takes one query (SELECT, WITH, VALUES or TABLE)."

OVERVIEW = """
SELECT n.nspname || '.' || c.relname, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
         WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
       a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       EXISTS (SELECT FROM pg_catalog.pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)),
       (SELECT string_agg(k.confrelid::regclass::text, ', ') FROM pg_catalog.pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)),
       pg_catalog.col_description(c.oid, a.attnum)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND ($1::text IS NULL OR c.relname = $1 OR n.nspname || '.' || c.relname = $1)
  AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
ORDER BY n.nspname, c.relname, a.attnum
"""


class _TooMuchError(Exception):
    """The server sends more than is taken."""


class _WatchedConnection(AsyncConnection[Any]):
    """A connection that counts what it received: the driver holds a whole row in memory, however large it is."""

    most_bytes = 0
    server_cursor: AsyncRawServerCursor[Any] | None = None

    async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - psycopg's own signature
        """Wait as psycopg does, and look at each turn how much has come."""
        return await super().wait(self._watched(gen), *args, **kwargs)

    def _watched(self, gen: Any) -> Any:  # noqa: ANN401 - psycopg's generator protocol
        ready: Any = None
        try:
            while True:
                wanted = gen.send(ready)
                if self.most_bytes and _received(self.pgconn.socket) > self.most_bytes:
                    raise _TooMuchError
                ready = yield wanted  # pyright: ignore[reportUnknownVariableType] - of whatever psycopg sends
        except StopIteration as ended:
            return ended.value


def _received(descriptor: int) -> int:
    """Return how many bytes a socket has received; 0 where the system does not tell."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return 0
    with socket.socket(fileno=os.dup(descriptor)) as held, suppress(OSError):
        info = held.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO_BYTES)
        if len(info) == _TCP_INFO_BYTES:
            return struct.unpack_from("Q", info, _BYTES_RECEIVED_AT)[0]
    return 0


@lru_cache(maxsize=1)
def _adapters() -> AdaptersMap:
    """Return how values are read: what JSON has a form for as that, everything else as the server's own text."""
    adapters = AdaptersMap(psycopg.adapters)
    for info in adapters.types:
        if info.name not in _EXACT:
            adapters.register_loader(info.oid, TextLoader)
    set_json_loads(_document, adapters)
    return adapters


def _document(data: str | bytes) -> Json:
    return loads(data)


async def run(server: Server, query: Query) -> Answer:
    """Run a statement. Raises ``StatementError``; when cancelled, the statement is cancelled on the server."""
    sent = False
    try:
        async with _connected(server) as connection:
            connection.most_bytes = query.max_bytes + _TRAFFIC_SLACK
            await _begin(connection, query)
            sent = query.is_writing
            if not query.is_writing:
                return await _read(connection, query)
            answer = await _write(connection, query)
            await connection.commit()
            return answer
    except _TooMuchError:
        raise StatementError(
            f"The answer is larger than {query.max_bytes} bytes, and was cancelled. Ask for fewer columns or rows."
            + (" Nothing was changed." if query.is_writing else "")
        ) from None
    except errors.QueryCanceled:
        undone = " Nothing was changed." if query.is_writing else ""
        raise StatementError(
            f"The statement was cancelled on the server after {query.timeout_seconds:g} seconds.{undone}"
        ) from None
    except psycopg.Error as error:
        raise _refusal(error, query, is_unknown=sent) from None


def _refusal(error: psycopg.Error, query: Query, *, is_unknown: bool) -> StatementError:
    diag = error.diag
    if diag.message_primary is None:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        unknown = " Whether the statement took effect is not known." if is_unknown else ""
        return StatementError(f"The database cannot be used: {first}.{unknown}", is_unknown=is_unknown)
    text = f"PostgreSQL rejected the statement ({error.sqlstate}): {diag.message_primary}."
    for more in (diag.message_detail, diag.message_hint):
        text += f" {more}" if more else ""
    if not query.is_writing and isinstance(
        error, errors.ReadOnlySqlTransaction | errors.SyntaxError | errors.FeatureNotSupported
    ):
        text += f" {_ONLY_QUERIES}"
    return StatementError(text)


@asynccontextmanager
async def _connected(server: Server) -> AsyncGenerator[_WatchedConnection]:
    with _certificates(server) as file:
        connection = await _WatchedConnection.connect(
            # Everything that the environment or files of this machine's user might say is said here.
            host=server.host,
            hostaddr=server.addresses[0],
            port=server.port,
            dbname=server.database,
            user=server.username,
            password=server.password,
            passfile="",
            options="",
            sslmode={"verify": "verify-full", "require": "require", "off": "disable"}[server.tls],
            sslrootcert=file,
            sslcertmode="disable",
            gssencmode="disable",
            target_session_attrs="any",
            application_name="retinue",
            client_encoding="utf8",
            connect_timeout=max(2, round(server.connect_seconds)),
            context=_adapters(),
            autocommit=True,
            prepare_threshold=None,
        )
    try:
        yield connection
    finally:
        await _close(connection)


async def _close(connection: _WatchedConnection) -> None:
    """Close; what still runs on the server is cancelled there first."""
    if connection.pgconn.transaction_status == TransactionStatus.ACTIVE:
        with suppress(psycopg.Error, OSError, asyncio.TimeoutError):
            await asyncio.shield(connection.cancel_safe(timeout=5.0))
    await connection.close()
    if connection.server_cursor is not None:
        await connection.server_cursor.close()  # after the connection, so that the server is not asked once more


@contextmanager
def _certificates(server: Server) -> Generator[str]:
    if server.tls != "verify":
        yield ""
    elif server.ca_certificate is None:
        known = ssl.get_default_verify_paths().cafile
        yield next((each for each in (known, *_SYSTEM_CERTIFICATES) if each and Path(each).is_file()), "system")
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(server.ca_certificate)
            file.flush()
            yield file.name


async def _begin(connection: _WatchedConnection, query: Query) -> None:
    begin = _BEGIN.format(
        mode="READ WRITE" if query.is_writing else "READ ONLY",
        read_only="off" if query.is_writing else "on",
        timeout_ms=max(50, int(query.timeout_seconds * 1000)),
        idle_ms=max(1000, int(query.timeout_seconds * 2000)),
    )
    cursor = await connection.execute(begin.encode())
    while cursor.nextset():
        pass
    row = await cursor.fetchone()
    if row and row[0]:
        raise StatementError(
            f"The database user is a member of {row[0]}, which can act outside of any transaction. "
            "Give the tool a user without it."
        )


async def _read(connection: _WatchedConnection, query: Query) -> Answer:
    rows = Rows(query.max_rows, query.max_bytes)
    cursor = connection.server_cursor = AsyncRawServerCursor(connection, "retinue", scrollable=False)
    await cursor.execute(query.statement.encode(), _bound(query))
    columns = _columns(connection, cursor)
    most = min(_BATCH, query.max_rows + 1)
    is_over = False
    while not is_over:
        batch = await cursor.fetchmany(most)
        is_over = not all(rows.take([as_json(value) for value in row]) for row in batch) or len(batch) < most
    return Answer(columns, rows)


async def _write(connection: _WatchedConnection, query: Query) -> Answer:
    rows = Rows(query.max_rows, query.max_bytes)
    cursor = AsyncRawCursor(connection)
    async with connection.pipeline():  # whose protocol takes one statement only, parameters or none
        await cursor.execute(query.statement.encode(), _bound(query))
    if cursor.description is None:
        return Answer((), rows, max(cursor.rowcount, 0))
    columns = _columns(connection, cursor)
    for row in await cursor.fetchall():
        if not rows.take([as_json(value) for value in row]):
            raise StatementError(
                f"The statement returns more than {query.max_rows} rows or {query.max_bytes} bytes. Nothing was changed."
            )
    return Answer(columns, rows, max(cursor.rowcount, 0))


def _bound(query: Query) -> list[str | None]:
    """Return the parameters as texts whose types the server infers from their places; a list is an array."""
    return [
        None if value is None else _array(value) if isinstance(value, list) else _text(value) for value in query.parameters
    ]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value).decode()


def _array(values: list[Json]) -> str:
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: Json) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _array(value)
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _columns(connection: _WatchedConnection, cursor: AsyncRawCursor[Any] | AsyncRawServerCursor[Any]) -> tuple[Column, ...]:
    types = connection.adapters.types
    described = cursor.description or ()
    return tuple(Column(each.name, _type_name(types.get(each.type_code), each.type_code)) for each in described)


def _type_name(info: Any, code: int) -> str | None:  # noqa: ANN401 - psycopg's TypeInfo, which is generic
    if info is None:
        return None
    return f"{info.name}[]" if info.array_oid == code else info.name
