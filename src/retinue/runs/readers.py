"""Who may follow which run: streams that one person, or key, opens at the same moment are looked at in one statement."""

from functools import partial
from uuid import UUID

from retinue.core.context import Actor
from retinue.core.db.batcher import Batchers
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.permissions import require_of
from retinue.runs import permissions, repository
from retinue.runs.errors import RunMissingError

_MOST_TOGETHER = 200


class Readers(Batchers[tuple[str, ...], UUID, bool]):
    """Those who ask now whether there is a run, by who they are (``Database.entering``)."""

    def __init__(self, database: Database) -> None:
        """Take where runs are looked up."""
        super().__init__(partial(repository.find_readable, database), most=_MOST_TOGETHER)


def readers_of(database: Database) -> Readers:
    """Return the process's readers."""
    return database.resources.part(Readers, lambda: Readers(database))


async def require_readable(database: Database, actor: Actor, run_id: UUID) -> OrganizationId:
    """See to it that there is such a run that the actor may read, without a context; return its organization.

    Raises ``RunMissingError``.
    """
    require_of(actor, permissions.READ)
    organization_id = actor.organization_id
    if organization_id is None or not await readers_of(database).ask(tuple(database.entering(actor)), run_id):
        raise RunMissingError
    return organization_id
