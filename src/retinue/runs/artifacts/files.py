"""The artifacts of a run as files that its tools send to other systems. Implements ``engine.ports.RunFiles``."""

from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.engine.ports import ToolArtifact
from retinue.runs.artifacts import repository
from retinue.runs.artifacts.errors import ArtifactTooLargeError

_BYTES = 33_554_432


class FilesOfRuns:
    """Reads artifacts whole, for one call each."""

    def __init__(self, database: Database) -> None:
        """Take where artifacts are listed and stored."""
        self._database = database

    async def get(self, organization_id: str, run_id: str, name: str) -> ToolArtifact | None:
        """Return a run's newest artifact of a name, or the one with an id.

        Raises ``ArtifactTooLargeError`` for more than 32 MiB, ``FileMissingError`` and ``StorageUnavailableError``.
        """
        organization, run = OrganizationId(UUID(organization_id)), UUID(run_id)
        found = await self._database.read(organization, lambda ctx: repository.find_artifact(ctx, run, name))
        if found is None:
            return None
        artifact, key = found
        if artifact.size > _BYTES:
            raise ArtifactTooLargeError(f"The file {artifact.name} has {artifact.size} bytes; at most {_BYTES} can be sent.")
        parts = [part async for part in await self._database.resources.storage.read(key)]
        return ToolArtifact(artifact.name, artifact.type, b"".join(parts))
