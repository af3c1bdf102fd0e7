"""Results of workflows' nodes, kept for later runs of the organization: written and read by the executions themselves."""

from typing import Final

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, dumps
from retinue.core.logging import get_logger
from retinue.runs.node_results import repository

_BATCH: Final = 1_000
_MOST_BYTES: Final = 1_048_576
_log = get_logger(__name__)


class KeptNodeResults:
    """The kept results of one organization. See ``engine.compile.workflow.ports.NodeResults``."""

    def __init__(self, database: Database, organization_id: OrganizationId) -> None:
        """Take where they are, and whose they are."""
        self._database = database
        self._organization_id = organization_id

    async def get(self, key: bytes) -> tuple[Json] | None:
        """Return a result in a tuple, or None for none."""

        async def read(ctx: Context) -> tuple[Json] | None:
            return await repository.get(ctx, self._organization_id, key)

        return await self._database.read(self._organization_id, read)

    async def put(self, key: bytes, result: Json, seconds: float) -> None:
        """Keep a result of up to 1 MiB; a larger one is computed each time. May be repeated."""
        size = len(dumps(result))
        if size > _MOST_BYTES:
            _log.info("node_results.too_large", organization_id=str(self._organization_id), bytes=size)
            return
        async with self._database.system_context([self._organization_id]) as ctx:
            await repository.put(ctx, self._organization_id, key, result, seconds)


async def delete_expired(database: Database) -> None:
    """Delete results that are kept no longer. May be repeated, and by several workers at once."""
    for organization_id in await repository.list_organizations_with_expired(database):
        while True:
            async with database.system_context([organization_id]) as ctx:
                count = await repository.delete_expired(ctx, _BATCH)
            if count < _BATCH:
                break
