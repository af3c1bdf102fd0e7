"""`retinue claim-link`: prints the one-time link of the first owner."""

import asyncio
import sys

import psycopg

from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.claim import LASTS_HOURS, Claim, make_claim
from retinue.embedded.folder import default_path
from retinue.embedded.postgres import find_owner_url

ISSUE = "SELECT 1 FROM auth.issue_claim_token(%(hash)s, tenant.now(), tenant.now() + make_interval(hours => %(hours)s))"


def print_claim_link() -> int:
    """Print the link as the last line of standard output, or that the installation already has an owner."""
    try:
        core = load(CoreSettings, environment())
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    url = core.database_url or core.app_database_url or find_owner_url(default_path(environment()))
    if not url:
        print("No database is configured. Set DATABASE_URL, or start 'retinue up'.", file=sys.stderr)
        return CONFIGURATION
    claim = make_claim(core.public_url)
    try:
        is_open = asyncio.run(_issue(url, claim))
    except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
        print("The database has no schema yet. Run 'retinue migrate'.", file=sys.stderr)
        return CONFIGURATION
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    if not is_open:
        print("This installation already has an owner. Sign in with your account.", file=sys.stderr)
        return FAILED
    print(claim.url)
    return OK


async def _issue(url: str, claim: Claim) -> bool:
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=10) as connection:
        issued = await connection.execute(ISSUE, {"hash": claim.token_hash, "hours": LASTS_HOURS})
        return await issued.fetchone() is not None
