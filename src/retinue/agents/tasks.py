"""What the package does by itself: look at how agents' runs went, and set their status by it."""

from retinue.agents import repository, service
from retinue.core.db.database import Database

REVIEW_SECONDS = 30.0


async def review(database: Database) -> None:
    """Set agents whose last runs all failed to error, and those that run well again back to active.

    Safe to repeat and to run on several workers: a status changes only from the one that was seen.
    """
    for finding in await repository.review(database):
        async with database.system_context([finding.organization_id]) as ctx:
            if finding.is_failing:
                last = f" The last one: {finding.reason}" if finding.reason else ""
                await service.mark_failed(ctx, finding.agent_id, f"Its last five runs failed.{last}")
            else:
                await service.mark_recovered(ctx, finding.agent_id)
