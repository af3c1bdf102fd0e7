"""What `retinue doctor` tries of the connections that serve: as whom they serve, and whether wake-ups arrive."""

import asyncio
import secrets
from collections.abc import Mapping

import psycopg
from psycopg import sql

from retinue.cli.finding import Finding, State
from retinue.core.db.connections import connect, manner_of
from retinue.core.db.settings import DatabaseSettings
from retinue.core.settings import CoreSettings, SettingsError, load
from retinue.process import direct_url, serving_url

PROBE_SECONDS = 5.0


async def examine_connections(environ: Mapping[str, str]) -> list[Finding]:
    """Connect as API and worker would, and let a NOTIFY come back as the bus needs it."""
    core, settings = load(CoreSettings, environ), load(DatabaseSettings, environ)
    return [await _serving(core, settings), await _wake_ups(core, settings)]


async def _serving(core: CoreSettings, settings: DatabaseSettings) -> Finding:
    try:
        connection = await connect(serving_url(core), manner_of(settings))
    except SettingsError as error:
        return Finding("Serving as", State.FAILED, error.detail, error.remedy_text or "")
    except psycopg.OperationalError as error:
        text = f"The serving role cannot connect: {' '.join(str(error).split())}"
        return Finding("Serving as", State.FAILED, text, "Check RETINUE_APP_DATABASE_URL, its role and its password.")
    async with connection:
        row = await (await connection.execute("SELECT current_user::text")).fetchone()
        way = "through a connection pooler" if connection.is_pooled else "directly"
        return Finding("Serving as", State.OK, f"Requests are served as {row[0] if row else ''}, {way}.")


async def _wake_ups(core: CoreSettings, settings: DatabaseSettings) -> Finding:
    if core.redis_url:
        return Finding("Wake-ups", State.OK, "They travel by REDIS_URL, and by PostgreSQL while it is away.")
    channel = f"retinue_doctor_{secrets.token_hex(4)}"
    try:
        async with await connect(direct_url(core, settings), manner_of(settings)) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            await connection.execute("SELECT pg_notify(%s, '')", (channel,))
            async with asyncio.timeout(PROBE_SECONDS):
                async for _ in connection.notifies(timeout=PROBE_SECONDS, stop_after=1):
                    if not connection.is_pooled:
                        return Finding("Wake-ups", State.OK, "A notification reaches its listeners.")
    except SettingsError as error:
        return Finding("Wake-ups", State.FAILED, error.detail, error.remedy_text or "")
    except psycopg.OperationalError as error:
        text = f"The connection for wake-ups fails: {' '.join(str(error).split())}"
        return Finding("Wake-ups", State.FAILED, text, "Check DIRECT_DATABASE_URL.")
    except TimeoutError:
        pass
    return Finding(
        "Wake-ups",
        State.FAILED,
        "The connection for wake-ups goes through a pooler, or nothing comes back on it.",
        "Set DIRECT_DATABASE_URL to the PostgreSQL server's own address.",
    )
