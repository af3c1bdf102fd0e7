"""What commands for whoever runs the installation share: a connection as the database's owner, and the services."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection

from retinue.cli.exits import CONFIGURATION, UNAVAILABLE, fail
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.folder import default_path
from retinue.embedded.postgres import find_owner_url

if TYPE_CHECKING:
    from retinue.core.db.database import Database


def with_database(act: Callable[[AsyncConnection[Any], CoreSettings], Awaitable[int]]) -> int:
    """Act on the installation's database, and return the exit code; say on standard error what is in the way."""
    try:
        core = load(CoreSettings, environment())
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    url = _url_of(core)
    if not url:
        print("No database is known: set DATABASE_URL, or start 'retinue up'.", file=sys.stderr)
        return CONFIGURATION

    async def run() -> int:
        async with await AsyncConnection.connect(url, connect_timeout=10, autocommit=True) as connection:
            return await act(connection, core)

    try:
        return asyncio.run(run())
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
        print("The database does not have this version's schema. Run 'retinue migrate'.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.errors.InsufficientPrivilege:
        print("DATABASE_URL must name the owner of the schema.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE


@asynccontextmanager
async def opened(core: CoreSettings) -> "AsyncGenerator[Database]":
    """Give the database as the services use it. Nothing sealed can be opened in it."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - for some commands alone

    from retinue.process import Process  # noqa: PLC0415 - loads every package's code

    key = core.secret_key.get_secret_value() or Fernet.generate_key().decode()
    process = Process({**environment(), "DATABASE_URL": _url_of(core), "RETINUE_SECRET_KEY": key})
    await process.start(is_serving=False)
    try:
        yield process.database
    finally:
        await process.stop()


def _url_of(core: CoreSettings) -> str:
    return core.database_url or find_owner_url(default_path(environment())) or ""
