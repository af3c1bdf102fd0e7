"""All SQL of the web search settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class Stored:
    """The settings as they are stored."""

    provider: str
    url: str | None
    api_key_encrypted: bytes | None
    updated_at: datetime


_GET: LiteralString = """
SELECT provider, url, api_key_encrypted, updated_at FROM web_search_settings WHERE organization_id = %s
"""


async def get(ctx: Context) -> Stored | None:
    """Return the organization's settings, if it has any."""
    async with ctx.tx.cursor(row_factory=class_row(Stored)) as cursor:
        return await (await cursor.execute(_GET, (ctx.organization_id,), prepare=True)).fetchone()


_PUT: LiteralString = """
INSERT INTO web_search_settings (organization_id, provider, url, api_key_encrypted)
VALUES (%(organization_id)s, %(provider)s, %(url)s, %(api_key_encrypted)s)
ON CONFLICT ON CONSTRAINT web_search_settings_pkey DO UPDATE
SET provider = excluded.provider, url = excluded.url, api_key_encrypted = excluded.api_key_encrypted
"""


async def put(ctx: Context, provider: str, url: str | None, api_key_encrypted: bytes | None) -> None:
    """Write the organization's settings."""
    values = {
        "organization_id": ctx.organization_id,
        "provider": provider,
        "url": url,
        "api_key_encrypted": api_key_encrypted,
    }
    await ctx.tx.execute(_PUT, values)


_DELETE: LiteralString = "DELETE FROM web_search_settings WHERE organization_id = %s"


async def delete(ctx: Context) -> None:
    """Delete the organization's settings."""
    await ctx.tx.execute(_DELETE, (ctx.organization_id,))
