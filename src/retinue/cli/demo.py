"""`retinue demo`: the demonstration organization, made and removed at the installation's database."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

import psycopg
from cryptography.fernet import Fernet

from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.cli.owner import secret_key
from retinue.core.errors import Error
from retinue.core.logging import configure
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.demo import service
from retinue.embedded.folder import default_path
from retinue.embedded.postgres import find_owner_url


def fill(owner: str | None) -> int:
    """Make the demonstration organization; return the exit code."""

    async def act(url: str, environ: Mapping[str, str]) -> None:
        began = time.monotonic()
        runs = await service.fill(url, environ, owner, lambda what: print(what, file=sys.stderr))
        print(f"{service.NAME} is there, with {runs} runs ({time.monotonic() - began:.0f} s).")
        print("Choose it in the console, top left. 'retinue demo --remove' removes it again.")

    return _act(act)


def remove_again(*, everything: bool) -> int:
    """Remove the demonstration organization; return the exit code."""

    async def act(url: str, environ: Mapping[str, str]) -> None:
        await service.remove(url, environ, everything=everything)
        print(f"{service.NAME} removed.")

    return _act(act)


def _act(act: Callable[[str, Mapping[str, str]], Awaitable[None]]) -> int:
    try:
        core = load(CoreSettings, environment())
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    url = core.database_url or find_owner_url(default_path(environment()))
    if not url:
        print("No database is configured. Set DATABASE_URL, or start 'retinue up'.", file=sys.stderr)
        return CONFIGURATION
    configure("error", "text")
    try:
        # Nothing that it makes is sealed, so that any key will do where none is known.
        key = secret_key(core) or Fernet.generate_key().decode()
        asyncio.run(_run(act, url, {**environment(), "DATABASE_URL": url, "RETINUE_SECRET_KEY": key}))
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    except Error as error:
        return fail(error, FAILED)
    return OK


async def _run(act: Callable[[str, Mapping[str, str]], Awaitable[None]], url: str, environ: Mapping[str, str]) -> None:
    await act(url, environ)
