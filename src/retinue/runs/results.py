"""The results of runs for requests that have waited for them: what several wait for is read together."""

from uuid import UUID

from retinue.core.db.batcher import Batcher
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.runs import repository
from retinue.runs.errors import RunMissingError
from retinue.runs.types import Run

_MOST = 50


class _Results:
    """Reads together the runs that several requests have waited for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.batch: Batcher[tuple[OrganizationId, UUID], Run | None] = Batcher(self._read, most=_MOST)

    async def _read(self, wanted: list[tuple[OrganizationId, UUID]]) -> list[Run | None]:
        async with self._database.system_context({organization_id for organization_id, _ in wanted}) as ctx:
            found = await repository.get_runs(ctx, [run_id for _, run_id in wanted])
        return [found.get(run_id) for _, run_id in wanted]


async def get_result(database: Database, organization_id: OrganizationId, run_id: UUID) -> Run:
    """Return a run to anyone who started it just now and has waited for it. Raises ``RunMissingError``.

    The caller has seen to it that the actor may read runs. The summary of its feedback does not know the actor.
    """
    run = await database.resources.part(_Results, lambda: _Results(database)).batch.ask((organization_id, run_id))
    if run is None:
        raise RunMissingError
    return run
