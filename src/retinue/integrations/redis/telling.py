"""Telling superusers that Redis is away: nothing is lost, but what it did is done slower until someone starts it."""

from datetime import UTC, datetime

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.integrations.redis import repository

SECONDS = 5.0
_KIND, _FOLD, _TITLE = "service_problem", "service_problem:redis", "Redis does not answer"
_WORTH_TELLING_SECONDS = 3.0


class Telling:
    """Whether this process has told of a loss that may still be unread; after a start an earlier process may have."""

    def __init__(self) -> None:
        """Begin as one that has."""
        self.has_told = True


async def tell(database: Database) -> None:
    """Notify superusers of a loss once a day, and settle it when Redis is there again. Every worker does it."""
    link = database.resources.redis
    if link is None:
        return
    state = database.resources.part(Telling, Telling)
    if link.lost_at is None:
        if state.has_told:
            await _notify(database, None)
            state.has_told = False
    elif (datetime.now(UTC) - link.lost_at).total_seconds() >= _WORTH_TELLING_SECONDS:
        state.has_told = True
        await _notify(
            database,
            "PostgreSQL does what Redis did: live updates, sign-in limits and rate limits are slower. Runs, schedules and"
            " data are not affected. Start the server that REDIS_URL names.",
        )


async def _notify(database: Database, message: str | None) -> None:
    for organization_id, user_id in await repository.notify(database, _KIND, _TITLE, _FOLD, message):
        news: JsonObject = {"id": str(user_id), "private_to": str(user_id)}
        database.resources.bus.news(OrganizationId(organization_id), "notification", news)
