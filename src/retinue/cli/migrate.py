"""`retinue migrate`: brings the database to the schema of this version."""

import sys

import psycopg
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from retinue.cli.doctor_database import CONNECT_SECONDS, OLDEST_MAJOR
from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.core.db.settings import DatabaseSettings
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import upgrade


def migrate() -> int:
    """Migrate the database that DATABASE_URL names; may be repeated, and run by several at once. Return the exit code."""
    try:
        environ = environment()
        url = load(DatabaseSettings, environ).direct_database_url or load(CoreSettings, environ).database_url
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    if not url:
        print("DATABASE_URL is not set: it names the database to migrate, with the role that owns it.", file=sys.stderr)
        return CONFIGURATION
    code = _upgrade(url)
    if code == OK:
        print(f"Database migrated to schema {SCHEMA_REVISION}.")
    return code


def _upgrade(url: str) -> int:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            major = connection.info.server_version // 10000
        if major < OLDEST_MAJOR:
            print(f"The server is PostgreSQL {major}; Retinue needs {OLDEST_MAJOR} or later.", file=sys.stderr)
            return CONFIGURATION
        upgrade(url)
    except (psycopg.OperationalError, OperationalError) as error:
        print(f"The database does not answer: {_first_line(error)} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    except CommandError as error:
        print(
            f"The database has a schema that this version does not know ({error}): a newer Retinue has migrated it. "
            "Nothing was changed. Start that version or a later one.",
            file=sys.stderr,
        )
        return CONFIGURATION
    except DBAPIError as error:
        print(f"The migration failed and was undone: {_first_line(error)}", file=sys.stderr)
        return FAILED
    return OK


def _first_line(error: DBAPIError | psycopg.Error) -> str:
    inner = (error.orig or error) if isinstance(error, DBAPIError) else error
    return str(inner).strip().splitlines()[0].rstrip(".") + "."
