"""Who may follow which run: streams that one person, or key, opens at the same moment are looked at in one statement."""

from collections import OrderedDict
from functools import partial
from uuid import UUID

from retinue.core.context import Actor
from retinue.core.db.batcher import Batcher
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.permissions import require_of
from retinue.runs import permissions, repository
from retinue.runs.errors import RunMissingError

_MOST_TOGETHER = 200
_MOST = 2000


class Readers:
    """The readers who ask now whether there is a run, gathered by who they are; they do not wait for one another."""

    def __init__(self, database: Database) -> None:
        """Take where runs are looked up."""
        self._database = database
        self._batchers: OrderedDict[tuple[str, ...], Batcher[UUID, bool]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """The number of readers who wait for the statement after the one under way."""
        return sum(each.waiting for each in self._batchers.values())

    async def may_read(self, actor: Actor, run_id: UUID) -> bool:
        """Say whether there is such a run for an actor."""
        entering = self._database.entering(actor)
        key = tuple(entering)
        batcher = self._batchers.get(key)
        if batcher is None:
            ask = partial(repository.find_readable, self._database, entering)
            batcher = self._batchers[key] = Batcher(ask, most=_MOST_TOGETHER)
            if len(self._batchers) > _MOST:
                self._batchers.popitem(last=False)
        return await batcher.ask(run_id)


def readers_of(database: Database) -> Readers:
    """Return the process's readers."""
    return database.resources.part(Readers, lambda: Readers(database))


async def require_readable(database: Database, actor: Actor, run_id: UUID) -> OrganizationId:
    """See to it that there is such a run that the actor may read, without a context; return its organization.

    Raises ``RunMissingError``.
    """
    require_of(actor, permissions.READ)
    organization_id = actor.organization_id
    if organization_id is None or not await readers_of(database).may_read(actor, run_id):
        raise RunMissingError
    return organization_id
