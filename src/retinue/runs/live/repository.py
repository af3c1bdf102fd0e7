"""All SQL of an organization's live news."""

from collections.abc import Collection
from typing import LiteralString

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId

_NEWS: LiteralString = "SELECT kind, document FROM control.news_of_runs(%s::uuid, %s::uuid[])"


async def list_news(database: Database, organization_id: OrganizationId, runs: Collection[str]) -> list[tuple[str, str]]:
    """Return how some runs of an organization stand, and what they wait for, as (kind, JSON text)."""
    rows = await database.statement(_NEWS, (organization_id, list(runs)))
    return [(row[0], row[1]) for row in rows]
