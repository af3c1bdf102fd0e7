"""Files that runs make: storing their content, listing them, reading them."""

from collections.abc import AsyncIterator
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import new_id
from retinue.core.permissions import require
from retinue.core.storage import Storage
from retinue.engine.ports import ToolArtifact
from retinue.runs.artifacts import repository
from retinue.runs.artifacts.errors import ArtifactMissingError
from retinue.runs.artifacts.types import Artifact, StoredArtifact


class StoredArtifacts:
    """Keeps the content of artifacts in the installation's storage. Its rows are the journal's business."""

    def __init__(self, storage: Storage) -> None:
        """Take the storage."""
        self._storage = storage

    async def put(self, organization_id: UUID, run_id: UUID, artifact: ToolArtifact) -> StoredArtifact:
        """Store an artifact's content. Storing it again stores a second copy; only the one that is recorded counts.

        Raises ``StorageUnavailableError``.
        """
        artifact_id = new_id()
        key = f"runs/{organization_id}/{run_id}/{artifact_id}"
        stored = await self._storage.put(key, artifact.content)
        return StoredArtifact(artifact_id, url_of(artifact_id), key, stored.size_bytes, stored.checksum)


def url_of(artifact_id: UUID) -> str:
    """Return where an artifact's content is read."""
    return f"/api/v1/artifacts/{artifact_id}/content"


async def list_artifacts(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Artifact]:
    """Return a page of a run's artifacts, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_artifacts(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda artifact: Position(artifact.created_at, artifact.id))


async def get_artifact(ctx: Context, artifact_id: UUID) -> tuple[Artifact, str]:
    """Return an artifact and the key of its content. Raises ``ArtifactMissingError``."""
    require(ctx, "runs:read")
    found = await repository.get_artifact(ctx, artifact_id)
    if found is None:
        raise ArtifactMissingError
    return found


async def read(storage: Storage, key: str) -> AsyncIterator[bytes]:
    """Open the content of an artifact, outside of any transaction. Raises as ``Storage.read`` does."""
    return await storage.read(key)


async def list_keys(ctx: Context, run_ids: list[UUID]) -> list[str]:
    """Return the storage keys of everything that some runs made, for deleting the content before the rows go."""
    return await repository.list_keys(ctx, run_ids)
