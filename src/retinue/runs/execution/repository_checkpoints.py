"""The SQL of stored checkpoints; they are written by the journal."""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Json as JsonParameter

from retinue.core.context import Context
from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """One row: what changed with this checkpoint, or its whole state; see ``checkpoint_documents``."""

    namespace: str
    checkpoint_id: str
    parent_checkpoint_id: str | None
    document: JsonObject
    metadata: JsonObject


@dataclass(frozen=True, slots=True)
class StoredWrite:
    """What a task wrote into a channel before its superstep was over."""

    task_id: str
    channel: str
    value: Json


_LOAD = """
SELECT checkpoint_ns AS namespace, checkpoint_id, parent_checkpoint_id, document, metadata
FROM checkpoints
WHERE run_id = %(run_id)s AND (%(namespace)s::text IS NULL OR checkpoint_ns = %(namespace)s::text)
ORDER BY checkpoint_id DESC
"""


async def list_checkpoints(ctx: Context, run_id: UUID, namespace: str | None) -> list[StoredCheckpoint]:
    """Return all checkpoints of a run, of one namespace or of all, newest first."""
    async with ctx.tx.cursor(row_factory=class_row(StoredCheckpoint)) as cursor:
        await cursor.execute(_LOAD, {"run_id": run_id, "namespace": namespace})
        return await cursor.fetchall()


_LOAD_STATE = """
WITH head AS (
  SELECT checkpoint_id, document ->> 'base' AS base FROM checkpoints
  WHERE run_id = %(run_id)s AND checkpoint_ns = %(namespace)s
    AND (%(checkpoint_id)s::text IS NULL OR checkpoint_id = %(checkpoint_id)s::text)
  ORDER BY checkpoint_id DESC LIMIT 1
)
SELECT c.checkpoint_ns AS namespace, c.checkpoint_id, c.parent_checkpoint_id, c.document, c.metadata
FROM head JOIN checkpoints c ON c.run_id = %(run_id)s AND c.checkpoint_ns = %(namespace)s
  AND c.checkpoint_id <= head.checkpoint_id AND c.checkpoint_id >= coalesce(head.base, '')
ORDER BY c.checkpoint_id DESC
"""


async def load_checkpoint(
    ctx: Context, run_id: UUID, namespace: str, checkpoint_id: str | None = None
) -> list[StoredCheckpoint]:
    """Return a checkpoint, the latest unless one is named, and the rows its state is put together from, newest first.

    Back to its last whole document, and no further. Empty when there is no such checkpoint.
    """
    async with ctx.tx.cursor(row_factory=class_row(StoredCheckpoint)) as cursor:
        parameters = {"run_id": run_id, "namespace": namespace, "checkpoint_id": checkpoint_id}
        await cursor.execute(_LOAD_STATE, parameters)
        return await cursor.fetchall()


_NAMESPACES = "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE run_id = %(run_id)s"


async def list_namespaces(ctx: Context, run_id: UUID) -> set[str]:
    """Return the namespaces of a run: its own graph's, which is empty, and one for each sub-graph that has begun."""
    cursor = await ctx.tx.execute(_NAMESPACES, {"run_id": run_id})
    return {row[0] for row in await cursor.fetchall()}


_LOAD_WRITES = """
SELECT task_id, channel, value
FROM checkpoint_writes
WHERE run_id = %(run_id)s AND checkpoint_ns = %(namespace)s AND checkpoint_id = %(checkpoint_id)s
ORDER BY task_path, task_id, idx
"""


async def load_writes(ctx: Context, run_id: UUID, namespace: str, checkpoint_id: str) -> list[StoredWrite]:
    """Return what finished tasks wrote at a checkpoint, in the order LangGraph applies them."""
    parameters = {"run_id": run_id, "namespace": namespace, "checkpoint_id": checkpoint_id}
    async with ctx.tx.cursor(row_factory=class_row(StoredWrite)) as cursor:
        await cursor.execute(_LOAD_WRITES, parameters)
        return await cursor.fetchall()


_DELETE = "DELETE FROM checkpoints WHERE run_id = %(run_id)s"
_DELETE_WRITES = "DELETE FROM checkpoint_writes WHERE run_id = %(run_id)s"


async def delete_checkpoints(ctx: Context, run_id: UUID) -> None:
    """Delete every checkpoint of a run."""
    await ctx.tx.execute(_DELETE_WRITES, {"run_id": run_id})
    await ctx.tx.execute(_DELETE, {"run_id": run_id})


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """The step a run is forked at: the checkpoint it began from, its type, and the call it carried out if it is a tool's."""

    checkpoint_id: str
    step_type: str
    call_id: str | None


_FORK_POINT = """
SELECT s.checkpoint_id, s.step_type, c.call_id
FROM run_steps s LEFT JOIN tool_calls c ON c.run_id = s.run_id AND c.id = s.id
WHERE s.run_id = %(run_id)s AND s.id = %(step_id)s AND s.checkpoint_id IS NOT NULL
"""


async def get_fork_point(ctx: Context, run_id: UUID, step_id: UUID) -> ForkPoint | None:
    """Return where a step of a run began."""
    async with ctx.tx.cursor(row_factory=class_row(ForkPoint)) as cursor:
        await cursor.execute(_FORK_POINT, {"run_id": run_id, "step_id": step_id})
        return await cursor.fetchone()


_ADD_WRITE = """
INSERT INTO checkpoint_writes (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value)
VALUES (%(organization_id)s, %(run_id)s, '', %(checkpoint_id)s, %(task_id)s, 0, %(channel)s, %(value)s)
"""


async def add_write(ctx: Context, run_id: UUID, checkpoint_id: str, write: StoredWrite) -> None:
    """Add a write to a checkpoint of a run that has not begun."""
    parameters = {
        "organization_id": ctx.organization_id,
        "run_id": run_id,
        "checkpoint_id": checkpoint_id,
        "task_id": write.task_id,
        "channel": write.channel,
        "value": JsonParameter(write.value),
    }
    await ctx.tx.execute(_ADD_WRITE, parameters)


_REPLACE = """
UPDATE checkpoints SET document = %(document)s
WHERE run_id = %(run_id)s AND checkpoint_ns = '' AND checkpoint_id = %(checkpoint_id)s
"""


async def replace_document(ctx: Context, run_id: UUID, stored: StoredCheckpoint) -> None:
    """Change a checkpoint of a run that has not begun."""
    parameters = {"run_id": run_id, "checkpoint_id": stored.checkpoint_id, "document": JsonParameter(stored.document)}
    await ctx.tx.execute(_REPLACE, parameters)


_RUNTIME = "SELECT control.plan_of(r) ->> 'runtime' FROM runs r WHERE r.id = %s"


async def get_runtime(ctx: Context, run_id: UUID) -> str | None:
    """Return where a run was carried out, as its plan has it; None when there is no such run."""
    row = await (await ctx.tx.execute(_RUNTIME, (run_id,))).fetchone()
    return None if row is None else row[0]
