"""Statements on a file of SQLite: one statement a connection, its parameters bound, in a thread of its own.

A reading connection is opened read-only, with ``query_only``, and its authorizer refuses whatever is no query; in both modes
no other file is attached, no extension is loaded and no pragma changes anything.
Source: SQLite documentation, Compile-Time Authorization Callbacks; Defense Against The Dark Arts.
"""

import sqlite3
import stat
import threading
import time
from pathlib import Path
from urllib.parse import quote

from retinue.core.json import Json, dumps
from retinue.tools.kinds.database.threads import in_thread
from retinue.tools.kinds.database.values import Answer, Column, Query, Rows, StatementError, as_json

_LENGTH_SLACK = 4 * 1024 * 1024
_HEAP_BYTES = 256 * 1024 * 1024
_INSTRUCTIONS = 5000
"""After so many of its machine's instructions SQLite asks whether to go on."""

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_NEVER = {
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_TRANSACTION: "a command of transactions",
}
_SAVEPOINT = 32
"""SQLITE_SAVEPOINT, which the module does not name."""

_CLOSED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})
_OPEN_PRAGMAS = ("table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list")
_SCHEMA_TABLES = frozenset({"sqlite_master", "sqlite_temp_master"})
_NAMES = {
    value: name.removeprefix("SQLITE_").replace("_", " ")
    for name, value in vars(sqlite3).items()
    if name.startswith(("SQLITE_CREATE_", "SQLITE_DROP_", "SQLITE_ALTER_"))
} | {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    _SAVEPOINT: "SAVEPOINT",
}

OVERVIEW = """
SELECT t.name, t.type, c.name, c.type, NOT c."notnull", c.pk > 0,
       (SELECT group_concat(DISTINCT f."table") FROM pragma_foreign_key_list(t.name) f WHERE f."from" = c.name), NULL
FROM sqlite_master t, pragma_table_info(t.name) c
WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND (?1 IS NULL OR t.name = ?1)
ORDER BY t.name, c.cid
"""


class _Session:
    """One statement, run in a thread; ``stop`` may be called from the loop at any time."""

    def __init__(self, path: Path, query: Query) -> None:
        self._path = path
        self._query = query
        self._stopped = threading.Event()
        self._deadline = time.monotonic() + query.timeout_seconds
        self._refused: str | None = None

    def stop(self) -> None:
        """Have SQLite end the statement."""
        self._stopped.set()

    def run(self) -> Answer:
        query = self._query
        parameters = [_bound(value) for value in query.parameters]
        try:
            connection = self._open()
            try:
                return self._statement(connection, parameters)
            finally:
                connection.set_authorizer(None)
                if connection.in_transaction:
                    connection.rollback()
                connection.close()
        except (sqlite3.Error, sqlite3.Warning, OverflowError, MemoryError) as error:
            raise StatementError(self._describe(error)) from None

    def _open(self) -> sqlite3.Connection:
        query = self._query
        mode = "rw" if query.is_writing else "ro"
        before = _identity(self._path)
        wait = min(5.0, query.timeout_seconds)
        connection = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={mode}",
            uri=True,
            timeout=wait,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, query.max_bytes + _LENGTH_SLACK)
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "temp_store = MEMORY", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA hard_heap_limit = {_HEAP_BYTES}")
            if not query.is_writing:
                connection.execute("PRAGMA query_only = ON")
            connection.text_factory = _readable
            connection.execute("BEGIN IMMEDIATE" if query.is_writing else "BEGIN")
            for pragma in _OPEN_PRAGMAS:  # a table of a pragma asks for leave to change the schema when it is first used
                connection.execute(f"SELECT 1 FROM pragma_{pragma} LIMIT 0")  # noqa: S608 - names of ours
            connection.set_progress_handler(self._is_over, _INSTRUCTIONS)
            _demand_same(self._path, before)
            connection.set_authorizer(self._authorize)
        except BaseException:
            connection.close()
            raise
        return connection

    def _statement(self, connection: sqlite3.Connection, parameters: list[object]) -> Answer:
        query = self._query
        rows = Rows(query.max_rows, query.max_bytes)
        cursor = connection.execute(query.statement, parameters)
        columns = tuple(Column(str(each[0]), None) for each in cursor.description or ())
        for row in cursor:
            if not rows.take([as_json(value) for value in row]):
                break
        changed = max(cursor.rowcount, 0) if query.is_writing else None
        cursor.close()
        if query.is_writing:
            if rows.is_cut:
                raise StatementError(
                    f"The statement returns more than {query.max_rows} rows or {query.max_bytes} bytes. Nothing was changed."
                )
            connection.set_authorizer(None)
            connection.commit()
        return Answer(columns, rows, changed)

    def _is_over(self) -> int:
        return 1 if self._stopped.is_set() or time.monotonic() > self._deadline else 0

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        refused = self._refusal(action, first, second)
        if refused is None:
            return sqlite3.SQLITE_OK
        self._refused = refused
        return sqlite3.SQLITE_DENY

    def _refusal(self, action: int, first: str | None, second: str | None) -> str | None:
        if action in _NEVER:
            return _NEVER[action]
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _CLOSED_FUNCTIONS:
            return f"the function {second}"
        if action == sqlite3.SQLITE_PRAGMA:
            return None if (first or "").lower() in _OPEN_PRAGMAS else f"PRAGMA {first}"
        if action in _READING or self._query.is_writing:
            return None
        if first in _SCHEMA_TABLES:
            return "a change of the schema"
        return _NAMES.get(action, "this statement")

    def _describe(self, error: Exception) -> str:
        said = str(error).rstrip(".")
        if self._refused is not None and isinstance(error, sqlite3.DatabaseError):
            why = " in any tool" if self._query.is_writing else ", because this tool only reads"
            return f"SQLite rejected the statement: {self._refused} is not allowed{why}."
        if said == "interrupted":
            undone = " Nothing was changed." if self._query.is_writing else ""
            return f"The statement was cancelled after {self._query.timeout_seconds:g} seconds.{undone}"
        if isinstance(error, MemoryError):
            return "The statement was cancelled: it needs too much memory."
        if isinstance(error, OverflowError):
            return "A parameter is an integer of more than 64 bits, which SQLite does not have."
        return f"SQLite rejected the statement: {said}."


async def run(path: Path, query: Query) -> Answer:
    """Run a statement on a file that was found allowed. Raises ``StatementError``; when cancelled, the statement ends."""
    session = _Session(path, query)

    async def stop() -> None:
        session.stop()

    return await in_thread(session.run, stop)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.lstat()
    except OSError as error:
        raise StatementError(f"The database file cannot be opened: {error.strerror}.") from None
    if not stat.S_ISREG(found.st_mode):
        raise StatementError("The database file is not a plain file.")
    return found.st_dev, found.st_ino


def _demand_same(path: Path, before: tuple[int, int]) -> None:
    if _identity(path) != before:
        raise StatementError("The database file was replaced while it was opened. Try again.")


def _readable(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _bound(value: Json) -> object:
    return dumps(value).decode() if isinstance(value, dict | list) else value
