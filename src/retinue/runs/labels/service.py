"""Change the tags and the metadata of runs."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.permissions import require
from retinue.runs.labels import repository


async def relabel(ctx: Context, run_id: UUID, tags: list[str] | None, metadata: dict[str, str] | None) -> None:
    """Replace a run's tags and metadata; None leaves either as it is. The caller checks that there is such a run."""
    require(ctx, "runs:write")
    await repository.relabel(ctx, run_id, tags, metadata)
