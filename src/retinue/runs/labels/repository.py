"""The SQL of changing labels; a run's labels are written with its start, and read with the run."""

from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from retinue.core.context import Context

_RELABEL: LiteralString = "SELECT control.relabel(%(id)s::uuid, %(tags)s::text[], %(metadata)s::jsonb)"


async def relabel(ctx: Context, run_id: UUID, tags: list[str] | None, metadata: dict[str, str] | None) -> None:
    """Replace a run's tags and metadata; None leaves either as it is."""
    values = {"id": run_id, "tags": tags, "metadata": None if metadata is None else Jsonb(metadata)}
    await ctx.tx.execute(_RELABEL, values)
