"""Commands that work at the database itself, as the owner of its schema."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psycopg

from retinue.cli.exits import CONFIGURATION, FAILED, UNAVAILABLE, fail
from retinue.core.errors import Error
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.folder import default_path, explained
from retinue.embedded.options import SECRET_KEY_FILE
from retinue.embedded.postgres import find_owner_url


def owner_url(core: CoreSettings) -> str:
    """Return the owner's URL of the database: the configured one, else that of the embedded server; empty without any."""
    return core.database_url or find_owner_url(default_path(environment())) or ""


def secret_key(core: CoreSettings) -> str:
    """Return the secret keys: those that are configured, else that of the data folder. Raises as ``key_of`` does."""
    return core.secret_key.get_secret_value() or key_of(default_path(environment()))


def key_of(folder: Path) -> str:
    """Return the secret key of a data folder, which ``retinue up`` created; empty when it has none.

    Raises ``StartError`` when the folder may not be read.
    """
    file = folder / SECRET_KEY_FILE
    with explained(file):
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def run_as_owner(act: Callable[[str, CoreSettings], Coroutine[Any, Any, int]]) -> int:  # noqa: PLR0911 - an exit code each
    """Do something with the owner's URL of the database that is configured, or of the embedded one; return its exit code.

    What is wrong with settings or database is printed as a sentence.
    """
    try:
        core = load(CoreSettings, environment())
        url = owner_url(core)
        if not url:
            print("No database is configured. Set DATABASE_URL, or start 'retinue up'.", file=sys.stderr)
            return CONFIGURATION
        return asyncio.run(act(url, core))
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
        print("The database does not have this version's schema. Run 'retinue migrate'.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.errors.InsufficientPrivilege:
        print("DATABASE_URL must name the owner of the schema.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    except Error as error:
        return fail(error, FAILED)
