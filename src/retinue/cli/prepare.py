"""What `retinue api` and `retinue worker` do before they serve: wait for the database and its schema, and check the key."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import psycopg

from retinue.core.db.connections import LOOK, explain, refuse_power
from retinue.core.db.outages import first_line
from retinue.core.key_check import check_secret_key
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, SettingsError, load
from retinue.migrations.state import (
    QUEUE_FUNCTIONS,
    READ_MISSING,
    READ_REVISION,
    SchemaProblem,
    problem_of,
    queue_problem,
)
from retinue.process import keys_of, serving_url

_CONNECT_SECONDS = 5
_FIRST_PAUSE_SECONDS = 0.2
_LAST_PAUSE_SECONDS = 2.0
_NO_ROLE = 'invalid value for parameter "role"'
_REMEDY = "Check DATABASE_URL and the server."


def prepare(environ: Mapping[str, str]) -> None:
    """Return when the database answers, has a schema, serves with a powerless role, and the secret key fits.

    Waits as long as it takes, and writes why to standard error whenever the reason changes; a signal ends the process.
    Raises ``SettingsError`` for a setting that cannot work.
    """
    core = load(CoreSettings, environ)
    url, secrets = serving_url(core), SecretBox(keys_of(core))
    reason, pause = "", _FIRST_PAUSE_SECONDS
    while True:
        try:
            problem = _examine(url, secrets)
            if problem is None:
                return
            found = str(problem)
        except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedObject):
            found = str(problem_of(None))
        except psycopg.OperationalError as error:
            if isinstance(explained := explain(error), SettingsError):
                raise explained from None
            found = (
                str(problem_of(None))
                if _NO_ROLE in str(error)
                else f"The database does not answer: {first_line(error)} {_REMEDY}"
            )
        if found != reason:
            print(f"{found} Waiting.", file=sys.stderr, flush=True)
        reason = found
        time.sleep(pause)
        pause = min(pause * 1.5, _LAST_PAUSE_SECONDS)


def _examine(url: str, secrets: SecretBox) -> SchemaProblem | None:
    """Connect and look; return why the schema does not fit. Raises ``SettingsError``, and the driver's errors."""
    with psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection:
        cursor = connection.execute(LOOK)
        cursor.nextset()
        refuse_power(cursor.fetchone())
        problem = _schema_problem(connection)
        if problem is None:
            check_secret_key(connection, secrets)
        elif problem.is_newer:
            raise SettingsError(problem.text, remedy=problem.remedy)
        return problem


def _schema_problem(connection: psycopg.Connection[Any]) -> SchemaProblem | None:
    try:
        row = connection.execute(READ_REVISION).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        row = None
    missing = [name for (name,) in connection.execute(READ_MISSING, (list(QUEUE_FUNCTIONS),)).fetchall()]
    return problem_of(row[0] if row else None) or queue_problem(missing)
