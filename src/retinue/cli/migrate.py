"""`retinue migrate`: brings the database to the schema of this version."""

import sys

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import upgrade


def migrate() -> int:
    """Migrate the database that DATABASE_URL names; may be repeated, and run by several at once. Return the exit code."""
    try:
        url = load(CoreSettings, environment()).database_url
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    if not url:
        print("DATABASE_URL is not set: it names the database to migrate, with the role that owns it.", file=sys.stderr)
        return CONFIGURATION
    try:
        upgrade(url)
    except OperationalError as error:
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
    print(f"The database has schema {SCHEMA_REVISION}.")
    return OK


def _first_line(error: DBAPIError) -> str:
    return str(error.orig or error).strip().splitlines()[0].rstrip(".") + "."
