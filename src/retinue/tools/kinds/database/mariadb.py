"""Statements on MariaDB and MySQL: one statement a connection, prepared by the server, its parameters bound there.

The driver would put parameters into the text, so the statement and its parameters are handed over as values of user
variables, written in hexadecimal, and prepared and executed from there. A reading statement stands in parentheses inside a
READ ONLY transaction: all that the server's grammar takes there is a query, so no block (BEGIN NOT ATOMIC), CALL or COMMIT
can leave the transaction. Users who may write files of the server are refused, because no transaction keeps those in.
Sources: MariaDB knowledge base, START TRANSACTION, PREPARE; MySQL reference manual, Prepared Statements.
"""

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pymysql
from pymysql.constants import ER, FIELD_TYPE
from pymysql.cursors import SSCursor

from retinue.core.json import Json, dumps
from retinue.tools.kinds.database.threads import in_thread
from retinue.tools.kinds.database.values import Answer, Column, Query, Rows, Server, StatementError, as_json

_TRAFFIC_SLACK = 4 * 1024 * 1024
_BINARY_CHARSET = 63
_INTEGERS = {FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR}
_READERS: dict[int, Callable[[Any], Any]] = {
    **dict.fromkeys(_INTEGERS, int),
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
    FIELD_TYPE.BIT: lambda data: int.from_bytes(data, "big"),
}
"""How a column is read; every other type is the server's own text, or bytes."""

_TYPE_NAMES = {value: name.lower() for name, value in vars(FIELD_TYPE).items() if isinstance(value, int)}
_GLOBAL_GRANT = re.compile(r"GRANT (.*) ON \*\.\* TO", re.IGNORECASE)
_TOO_MIGHTY = ("ALL PRIVILEGES", "FILE", "SUPER")
_CANCELLED = {1969, 1317, 3024}
"""max_statement_time exceeded, query interrupted, max_execution_time exceeded."""
_NOT_TAKEN = {ER.PARSE_ERROR, 1792, 1295}
"""Syntax, a write in a read-only transaction, a statement that cannot be prepared."""
_ONLY_QUERIES = "This tool only reads: it takes one query (SELECT, WITH or VALUES)."

if TYPE_CHECKING:
    _Connection = pymysql.Connection[SSCursor]
else:
    _Connection = pymysql.Connection


class _TooMuchError(Exception):
    """The server sends more than is taken."""


class _WatchedConnection(_Connection):
    """A connection that counts what it received: the driver holds a whole row in memory, however large it is."""

    most_bytes = 0
    received_bytes = 0

    def _read_bytes(self, num_bytes: int) -> bytes:
        self.received_bytes += num_bytes
        if self.most_bytes and self.received_bytes > self.most_bytes:
            raise _TooMuchError
        return super()._read_bytes(num_bytes)  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType] - not in the stubs


class _Session:
    """One statement, run in a thread; ``stop`` may be called from the loop at any time."""

    def __init__(self, server: Server, query: Query) -> None:
        self._server = server
        self._query = query
        self._lock = threading.Lock()
        self._connection: _WatchedConnection | None = None
        self._is_stopped = False
        self._cursor: SSCursor | None = None  # held until the end: a cursor that is let go reads its rows to the last
        self.is_sent = False

    def run(self) -> Answer:
        query = self._query
        try:
            connection = self._open()
            try:
                return self._statement(connection)
            finally:
                with suppress(pymysql.Error, OSError, _TooMuchError):
                    self._end(connection)
        except _TooMuchError:
            text = f"The answer is larger than {query.max_bytes} bytes, and was cancelled. Ask for fewer columns or rows."
            raise StatementError(text, is_unknown=self.is_sent) from None
        except (pymysql.Error, OSError, RuntimeError, ssl.SSLError) as error:
            raise self._refusal(error) from None

    def stop(self) -> None:
        """End the statement on the server, and the connection."""
        with self._lock:
            self._is_stopped = True
            connection = self._connection
        if connection is not None:
            self._kill(connection)
            _shut(connection)

    def _open(self) -> _WatchedConnection:
        connection = _connect(self._server, self._query.timeout_seconds + self._server.connect_seconds)
        with self._lock:
            self._connection = connection
            if self._is_stopped:
                connection.close()
                raise OSError("the call was cancelled")
        return connection

    def _kill(self, connection: _WatchedConnection) -> None:
        with suppress(pymysql.Error, OSError):
            other = _connect(self._server, self._server.connect_seconds)
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {int(cast('Any', connection).thread_id())}")
            other.close()

    def _end(self, connection: _WatchedConnection) -> None:
        """Close; what still runs or sends is ended on the server first."""
        if connection.most_bytes and connection.received_bytes > connection.most_bytes:
            self._kill(connection)
        result = getattr(connection, "_result", None)
        if result is not None:
            result.unbuffered_active = False
        _shut(connection)
        connection.close()

    def _statement(self, connection: _WatchedConnection) -> Answer:
        query = self._query
        cursor = self._cursor = connection.cursor()
        _prepare_session(connection, cursor, query)
        names = _hand_over(cursor, query)
        connection.most_bytes = connection.received_bytes + query.max_bytes + _TRAFFIC_SLACK
        self.is_sent = query.is_writing
        cursor.execute(f"EXECUTE retinue{' USING ' + ', '.join(names) if names else ''}")
        answer = _answer(cursor, query)
        if answer.rows.is_cut:
            if query.is_writing:
                self._give_up(connection)
            self._kill(connection)
        elif query.is_writing:
            connection.commit()
        self.is_sent = False
        return answer

    def _give_up(self, connection: _WatchedConnection) -> None:
        self._kill(connection)
        raise StatementError(
            f"The statement returns more than {self._query.max_rows} rows or {self._query.max_bytes} bytes. "
            "It was cancelled; tables without transactions may be changed all the same.",
            is_unknown=True,
        )

    def _refusal(self, error: Exception) -> StatementError:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        said = str(error.args[1] if len(error.args) > 1 else error).strip().rstrip(".")
        if code in _CANCELLED:
            text = f"The statement was cancelled on the server after {self._query.timeout_seconds:g} seconds."
            return StatementError(text, is_unknown=self.is_sent)
        is_lost = code == 0 or 2000 <= code < 3000  # noqa: PLR2004 - the client's own errors
        if is_lost:
            unknown = " Whether the statement took effect is not known." if self.is_sent else ""
            return StatementError(f"The database cannot be used: {said}.{unknown}", is_unknown=self.is_sent)
        text = f"The database rejected the statement ({code}): {said}."
        if not self._query.is_writing and code in _NOT_TAKEN:
            text += f" {_ONLY_QUERIES}"
        return StatementError(text)


async def run(server: Server, query: Query) -> Answer:
    """Run a statement. Raises ``StatementError``; when cancelled, the statement is killed on the server."""
    session = _Session(server, query)

    async def stop() -> None:
        await asyncio.shield(in_thread(session.stop, _nothing))

    return await in_thread(session.run, stop)


async def _nothing() -> None:
    """Do nothing."""


def _connect(server: Server, read_seconds: float) -> _WatchedConnection:
    connection = _WatchedConnection(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        database=server.database,
        charset="utf8mb4",
        conv=cast("Any", _READERS),
        cursorclass=SSCursor,
        autocommit=None,  # pyright: ignore[reportArgumentType] - None: as the server has it, without a statement
        local_infile=False,
        defer_connect=True,
        read_timeout=read_seconds,
        ssl=cast("Any", _tls(server)),
        ssl_disabled=server.tls == "off",
        program_name="retinue",
    )
    sock = socket.create_connection((server.addresses[0], server.port), server.connect_seconds)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(server.connect_seconds)
    try:
        connection.connect(sock)
    except BaseException:
        sock.close()
        raise
    return connection


def _shut(connection: _WatchedConnection) -> None:
    """End the connection whatever it is doing, in another thread too."""
    sock = cast("socket.socket | None", getattr(connection, "_sock", None))
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _tls(server: Server) -> ssl.SSLContext | None:
    if server.tls == "off":
        return None
    context = ssl.create_default_context(cadata=server.ca_certificate if server.tls == "verify" else None)
    if server.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _prepare_session(connection: _WatchedConnection, cursor: SSCursor, query: Query) -> None:
    if "MariaDB" in str(cast("Any", connection).get_server_info()):
        cursor.execute(
            f"SET SESSION max_statement_time = {query.timeout_seconds:.3f}, sql_auto_is_null = 0, time_zone = '+00:00'"
        )
    else:
        cursor.execute(f"SET SESSION max_execution_time = {int(query.timeout_seconds * 1000)}, time_zone = '+00:00'")
    cursor.execute("SHOW GRANTS")
    for (grant,) in cursor.fetchall():
        found = _GLOBAL_GRANT.match(str(grant))
        mighty = [name for name in _TOO_MIGHTY if found and name in [each.strip().upper() for each in found[1].split(",")]]
        if mighty:
            raise StatementError(
                f"The database user has {mighty[0]} on *.*, which can act outside of any transaction. "
                "Give the tool a user without it."
            )
    if not query.is_writing:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.execute(f"START TRANSACTION {'READ WRITE' if query.is_writing else 'READ ONLY'}")


def _hand_over(cursor: SSCursor, query: Query) -> list[str]:
    """Give the server statement and parameters as values, and have it prepare; return the parameters' names."""
    text = query.statement.strip().removesuffix(";")
    names = [f"@retinue_{number}" for number in range(len(query.parameters))]
    values = [f"{name} = {_literal(value)}" for name, value in zip(names, query.parameters, strict=True)]
    forms = [text] if query.is_writing else [f"({text}\n)", f"SELECT * FROM ({text}\n) AS retinue"]  # noqa: S608 - whatever it is, the session only reads
    cursor.execute("SET " + ", ".join([f"@retinue = {_text(forms[0])}", *values]))
    try:
        cursor.execute("PREPARE retinue FROM @retinue")
    except pymysql.ProgrammingError as error:
        if len(forms) == 1 or error.args[0] != ER.PARSE_ERROR:
            raise
        # Parentheses alone take no WITH before MariaDB 11.
        cursor.execute(f"SET @retinue = {_text(forms[1])}")
        _prepare_again(cursor, error)
    return names


def _prepare_again(cursor: SSCursor, first: pymysql.ProgrammingError) -> None:
    try:
        cursor.execute("PREPARE retinue FROM @retinue")
    except pymysql.Error as error:
        raise first if error.args[0] == ER.PARSE_ERROR else error from None


def _literal(value: Json) -> str:
    """Write a value so that nothing in it can be anything else than this value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return _text(value if isinstance(value, str) else dumps(value).decode())


def _text(text: str) -> str:
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)" if text else "''"


def _answer(cursor: SSCursor, query: Query) -> Answer:
    rows = Rows(query.max_rows, query.max_bytes)
    described = cast("tuple[tuple[Any, ...], ...] | None", cursor.description)
    if described is None:
        return Answer((), rows, cursor.rowcount)
    columns = tuple(Column(str(each[0]), _TYPE_NAMES.get(each[1])) for each in described)
    while (row := cursor.fetchone()) is not None:
        if not rows.take([as_json(value) for value in row]):
            break
    return Answer(columns, rows)
