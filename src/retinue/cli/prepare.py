"""What `retinue api` and `retinue worker` do before they serve: wait for the database and its schema, and check the key."""

import sys
import time
from collections.abc import Mapping

import psycopg

from retinue.core.db.connections import LOOK, explain, refuse_power
from retinue.core.key_check import check_secret_key
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, SettingsError, load
from retinue.process import keys_of, serving_url

_CONNECT_SECONDS = 5
_FIRST_PAUSE_SECONDS = 0.2
_LAST_PAUSE_SECONDS = 2.0
_NO_ROLE = 'invalid value for parameter "role"'
_NO_SCHEMA = "The database has no schema of this version yet. Run 'retinue migrate'."
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
            with psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection:
                cursor = connection.execute(LOOK)
                cursor.nextset()
                refuse_power(cursor.fetchone())
                check_secret_key(connection, secrets)
        except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedObject):
            found = _NO_SCHEMA
        except psycopg.OperationalError as error:
            if isinstance(explained := explain(error), SettingsError):
                raise explained from None
            found = _NO_SCHEMA if _NO_ROLE in str(error) else f"The database does not answer: {_first_line(error)} {_REMEDY}"
        else:
            return
        if found != reason:
            print(f"{found} Waiting.", file=sys.stderr, flush=True)
        reason = found
        time.sleep(pause)
        pause = min(pause * 1.5, _LAST_PAUSE_SECONDS)


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return f"{lines[0].rstrip('.') if lines else type(error).__name__}."
