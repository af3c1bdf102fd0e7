"""`retinue discard-secrets`: deletes what a lost secret key has sealed, so that the installation can go on with another."""

import sys
from pathlib import Path

import psycopg
from psycopg import sql

from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.folder import default_path
from retinue.embedded.postgres import find_owner_url, start_server

_COLUMNS = "SELECT table_name::text, column_name::text FROM tenant.sealed_columns()"
_COUNT = "SELECT count(*) FROM {table} WHERE {column} IS NOT NULL"
_CLEAR = "UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL"
_FORGET = "UPDATE installation SET key_check = NULL"


def discard(*, data_dir: Path | None, is_confirmed: bool) -> int:
    """Delete all sealed values in one transaction, after the user confirmed; return the exit code. May be repeated.

    Uses DATABASE_URL, else the embedded server of the data folder, which is started for the time when it does not run.
    """
    try:
        url = load(CoreSettings, environment()).database_url
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    folder = data_dir or default_path(environment())
    url = url or find_owner_url(folder)
    if url:
        return _discard(url, is_confirmed=is_confirmed)
    if not (folder / "postgres").exists():
        print("No database was found: set DATABASE_URL or RETINUE_DATA_DIR.", file=sys.stderr)
        return CONFIGURATION
    server = start_server(folder)
    try:
        return _discard(server.owner_url, is_confirmed=is_confirmed)
    finally:
        server.stop()


def _discard(url: str, *, is_confirmed: bool) -> int:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            columns = connection.execute(_COLUMNS).fetchall()
            counts = {(table, column): _count(connection, table, column) for table, column in columns}
            total = sum(counts.values())
            for (table, column), count in counts.items():
                print(f"{table}.{column.removesuffix('_encrypted')}: {count}")
            if total and not is_confirmed and not _confirm(total):
                print("Nothing was deleted.")
                return FAILED
            for table, column in columns:
                connection.execute(sql.SQL(_CLEAR).format(table=_table(table), column=sql.Identifier(column)))
            connection.execute(_FORGET)
    except psycopg.errors.UndefinedFunction:
        print("The database has no schema of this version yet. Run 'retinue migrate'.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    print(f"{total} secrets were deleted. Start Retinue with its new key, then enter them again.")
    return OK


def _count(connection: "psycopg.Connection[tuple[int]]", table: str, column: str) -> int:
    query = sql.SQL(_COUNT).format(table=_table(table), column=sql.Identifier(column))
    row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.replace('"', "").split("."))


def _confirm(total: int) -> bool:
    return input(f"Delete these {total} secrets? They cannot be restored. Type yes: ").strip().lower() == "yes"
