"""All SQL of feedback; the summary of a run is read with the run."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.feedback.types import Feedback, FeedbackValue

_COLUMNS: LiteralString = """
SELECT f.run_id, f.user_id, u.full_name AS user_name, f.value, f.comment, f.created_at, f.updated_at
FROM run_feedback f LEFT JOIN users u ON u.id = f.user_id
"""


def _feedback(**row: Any) -> Feedback:  # noqa: ANN401 - the columns above
    row["value"] = FeedbackValue(row["value"])
    return Feedback(**row)


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE f.run_id = %(run_id)s
  AND (%(at)s::timestamptz IS NULL OR (f.created_at, f.user_id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY f.created_at, f.user_id LIMIT %(limit)s
"""
)


async def list_feedback(ctx: Context, run_id: UUID, after: Position | None, limit: int) -> list[Feedback]:
    """Return the feedback on a run, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=kwargs_row(_feedback)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()


_PUT: LiteralString = """
INSERT INTO run_feedback AS f (organization_id, run_id, user_id, value, comment)
VALUES (%(organization_id)s, %(run_id)s, %(user_id)s, %(value)s, %(comment)s)
ON CONFLICT ON CONSTRAINT run_feedback_pkey DO UPDATE SET value = excluded.value, comment = excluded.comment
RETURNING f.run_id, f.user_id, (SELECT u.full_name FROM users u WHERE u.id = f.user_id) AS user_name, f.value, f.comment,
  f.created_at, f.updated_at
"""


async def put(ctx: Context, run_id: UUID, value: FeedbackValue, comment: str) -> Feedback:
    """Write the caller's feedback on a run, in place of what they gave before."""
    values = {"organization_id": ctx.organization_id, "run_id": run_id, "user_id": ctx.user_id}
    async with ctx.tx.cursor(row_factory=kwargs_row(_feedback)) as cursor:
        await cursor.execute(_PUT, values | {"value": value, "comment": comment})
        row = await cursor.fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return row


_DELETE: LiteralString = "DELETE FROM run_feedback WHERE run_id = %s AND user_id = %s"


async def delete(ctx: Context, run_id: UUID) -> None:
    """Delete the caller's feedback on a run, if there is any."""
    await ctx.tx.execute(_DELETE, (run_id, ctx.user_id))
