"""For whom runs are made. Implements ``engine.ports.RunPersons``."""

from typing import LiteralString
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId

# Members of the organization alone: one who has left no longer acts through its runs.
_PERSON: LiteralString = """
SELECT m.user_id FROM runs r
JOIN memberships m ON m.organization_id = r.organization_id AND m.user_id = coalesce(r.private_to_user_id, r.triggered_by_id)
WHERE r.id = %s AND r.visitor_id IS NULL
"""


class PersonsOfRuns:
    """Looks up the members for whom runs are made."""

    def __init__(self, database: Database) -> None:
        """Take where runs are stored."""
        self._database = database

    async def of_run(self, organization_id: str, run_id: str) -> str | None:
        """Return the id of the member who started a run, or whose private run it is; None when there is none."""

        async def look(ctx: Context) -> str | None:
            row = await (await ctx.tx.execute(_PERSON, (UUID(run_id),), prepare=True)).fetchone()
            return None if row is None else str(row[0])

        return await self._database.read(OrganizationId(UUID(organization_id)), look)
