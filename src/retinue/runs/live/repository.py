"""All SQL of an organization's live news."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId

_NEWS: LiteralString = "SELECT kind, document, person FROM control.news_of_runs(%s::uuid, %s::uuid[])"


@dataclass(frozen=True, slots=True)
class RunNews:
    """A run or an approval as JSON text; ``private_to`` is the only person who may see it, None for all members."""

    kind: str
    document: str
    private_to: UUID | None


async def list_news(database: Database, organization_id: OrganizationId, runs: Collection[str]) -> list[RunNews]:
    """Return the state of some runs of an organization, and what they wait for."""
    rows = await database.statement(_NEWS, (organization_id, list(runs)))
    return [RunNews(*row) for row in rows]
