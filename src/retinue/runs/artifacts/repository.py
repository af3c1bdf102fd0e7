"""All SQL of artifacts that is not the journal's."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.artifacts.types import Artifact

_LIST: LiteralString = """
SELECT id, run_id, step_id, name, type, size, url, checksum, created_at FROM run_artifacts
WHERE run_id = %(run_id)s
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY created_at, id LIMIT %(limit)s
"""


async def list_artifacts(ctx: Context, run_id: UUID, after: Position | None, limit: int) -> list[Artifact]:
    """Return the artifacts of a run, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=class_row(Artifact)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()


_GET: LiteralString = """
SELECT id, run_id, step_id, name, type, size, url, checksum, created_at, storage_key FROM run_artifacts WHERE id = %s
"""


async def get_artifact(ctx: Context, artifact_id: UUID) -> tuple[Artifact, str] | None:
    """Return an artifact and the key of its content."""
    row = await (await ctx.tx.execute(_GET, (artifact_id,))).fetchone()
    return None if row is None else (Artifact(*row[:-1]), row[-1])


_KEYS: LiteralString = "SELECT storage_key FROM run_artifacts WHERE run_id = ANY (%s)"


async def list_keys(ctx: Context, run_ids: list[UUID]) -> list[str]:
    """Return the keys of the content of everything that some runs made."""
    return [row[0] for row in await (await ctx.tx.execute(_KEYS, (run_ids,))).fetchall()]


_FIND: LiteralString = """
SELECT id, run_id, step_id, name, type, size, url, checksum, created_at, storage_key FROM run_artifacts
WHERE run_id = %(run_id)s AND (name = %(name)s OR id::text = lower(%(name)s))
ORDER BY created_at DESC, id DESC LIMIT 1
"""


async def find_artifact(ctx: Context, run_id: UUID, name: str) -> tuple[Artifact, str] | None:
    """Return a run's newest artifact of a name, or the one with an id, and the key of its content."""
    row = await (await ctx.tx.execute(_FIND, {"run_id": run_id, "name": name})).fetchone()
    return None if row is None else (Artifact(*row[:-1]), row[-1])
