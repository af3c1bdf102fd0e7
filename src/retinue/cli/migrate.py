"""`retinue migrate`: brings the database to the schema of this version."""

import sys
from collections.abc import Callable

import psycopg
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from retinue.cli.doctor_database import CONNECT_SECONDS, OLDEST_MAJOR
from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.core.db.settings import DatabaseSettings
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.errors import StartError
from retinue.embedded.folder import default_path
from retinue.embedded.postgres import find_owner_url
from retinue.migrations.plan import make_plan
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import upgrade

_MANY_ROWS = 100_000
"""From so many rows on, building an index takes long enough to be worth a command of its own."""

_NO_URL = "DATABASE_URL is not set: it names the database to migrate, with the role that owns it."
_NO_SERVER = " The embedded server, which 'retinue up' migrates, does not run: start it to see its plan."


def migrate(*, is_plan: bool = False) -> int:
    """Migrate the database that DATABASE_URL names; may be repeated, and by several at once. Return the exit code.

    With ``is_plan`` print what would happen, and change nothing; without DATABASE_URL to the embedded server that runs.
    """
    try:
        environ = environment()
        url = load(DatabaseSettings, environ).direct_database_url or load(CoreSettings, environ).database_url
        if not url and is_plan:
            url = find_owner_url(default_path(environ))
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    except StartError as error:
        print(error, file=sys.stderr)
        return CONFIGURATION
    if not url:
        print(_NO_URL + (_NO_SERVER if is_plan else ""), file=sys.stderr)
        return CONFIGURATION
    if is_plan:
        return _guarded(url, _print_plan)
    code = _guarded(url, upgrade)
    if code == OK:
        print(f"Database migrated to schema {SCHEMA_REVISION}.")
    return code


def _print_plan(url: str) -> None:
    plan = make_plan(url)
    if not plan.steps:
        print(f"The database has the newest schema, {plan.target}. Nothing is pending.")
        return
    print(f"From schema {plan.current or 'none'} to {plan.target}, in one transaction, {len(plan.steps)} steps:")
    for step in plan.steps:
        print(f"  {step.revision}  {step.summary}")
        for lock in step.locks or ():
            size = f"{lock.size_bytes / 1e6:,.1f} MB, about {lock.rows:,} rows"
            print(f"        {lock.table}: {lock.mode}, {lock.effect}; {size}")
        for index in step.indexes:
            print(f"        builds {index.name} over about {index.rows:,} rows; writes to {index.table} wait")
    ahead = [index.ahead for step in plan.steps for index in step.indexes if index.ahead and index.rows >= _MANY_ROWS]
    if ahead:
        print(
            "These can be built before, one by one and outside of a transaction, while writes go on; then they are left out:"
        )
        for statement in ahead:
            print(f"  {statement};")
    if plan.why_unobserved is not None:
        print(plan.why_unobserved)
    else:
        print("Locks were observed on a scratch copy without rows, and are held until the last step ends.")
    print("Functions and triggers are applied again at the end. If a step fails, the schema stays as it is.")


def _guarded(url: str, act: Callable[[str], None]) -> int:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            major = connection.info.server_version // 10000
        if major < OLDEST_MAJOR:
            print(f"The server is PostgreSQL {major}; Retinue needs {OLDEST_MAJOR} or later.", file=sys.stderr)
            return CONFIGURATION
        act(url)
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
