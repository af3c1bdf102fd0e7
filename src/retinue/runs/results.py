"""The results of runs for requests that have waited for them: what several wait for is read together."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from retinue.core.db.batcher import Batcher
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.runs import repository, rules
from retinue.runs.errors import RunMissingError
from retinue.runs.types import Run, RunStatus

_MOST = 50


class _Results:
    """Reads together the runs that several requests have waited for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.batch: Batcher[tuple[OrganizationId, UUID], dict[str, Any] | None] = Batcher(self._read, most=_MOST)

    async def _read(self, wanted: list[tuple[OrganizationId, UUID]]) -> list[dict[str, Any] | None]:
        organizations = {organization_id for organization_id, _ in wanted}
        found = await repository.list_results(self._database, organizations, [run_id for _, run_id in wanted])
        return [found.get(run_id) for _, run_id in wanted]


async def get_result(database: Database, run: Run) -> Run:
    """Return a run to anyone who started it just now, has it from its start, and has waited. Raises ``RunMissingError``.

    The caller has seen to it that the actor may read runs. What a run has from its start stays as it was then, and nobody
    has given feedback yet.
    """
    results = database.resources.part(_Results, lambda: _Results(database))
    found = await results.batch.ask((OrganizationId(run.organization_id), run.id))
    if found is None:
        raise RunMissingError
    usage = rules.usage_of(found["resource_usage"])
    return replace(run, **{**found, "status": RunStatus(found["status"]), "resource_usage": usage})
