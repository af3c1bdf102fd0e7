"""All SQL of runs that n8n carries out, and of executions of n8n that wait for runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject
from retinue.integrations.n8n.types import N8nResume


@dataclass(frozen=True, slots=True)
class Followed:
    """A run that n8n carries out. ``answer`` is what its webhook answered, ``callback`` what n8n sent us."""

    run_id: UUID
    workflow_id: UUID
    run_status: str
    execution_id: str | None
    state: str
    status: str | None
    wait_till: datetime | None
    answer: JsonObject | None
    callback: JsonObject | None
    callback_at: datetime | None
    called_at: datetime
    looks: int
    looked_at: datetime | None
    last_error: str | None
    retry_of_execution_id: str | None


_COLUMNS: LiteralString = """
SELECT e.run_id, e.workflow_id, r.status AS run_status, r.external_execution_id AS execution_id, e.state, e.status,
  e.wait_till, e.answer, e.callback, e.callback_at, e.called_at, e.looks, e.looked_at, e.last_error,
  (SELECT o.external_execution_id FROM runs o WHERE o.id = r.retry_of_run_id) AS retry_of_execution_id
FROM n8n_executions e JOIN runs r ON r.id = e.run_id AND r.organization_id = e.organization_id
WHERE e.organization_id = %s
"""
_GET: LiteralString = _COLUMNS + " AND e.run_id = %s"
_OPEN: LiteralString = _COLUMNS + " AND e.workflow_id = %s AND e.state <> 'ended' ORDER BY e.called_at LIMIT 1000"


async def get(ctx: Context, run_id: UUID) -> Followed | None:
    """Return what is known of a run that n8n carries out."""
    async with ctx.tx.cursor(row_factory=class_row(Followed)) as cursor:
        return await (await cursor.execute(_GET, (ctx.organization_id, run_id))).fetchone()


async def list_open(ctx: Context, workflow_id: UUID) -> list[Followed]:
    """Return the runs of a workflow that n8n has not ended, oldest first; at most 1,000."""
    async with ctx.tx.cursor(row_factory=class_row(Followed)) as cursor:
        return await (await cursor.execute(_OPEN, (ctx.organization_id, workflow_id))).fetchall()


_ENTER: LiteralString = """
INSERT INTO n8n_executions (organization_id, run_id, workflow_id, state, token_hash, called_at)
VALUES (%s, %s, %s, %s, %s, tenant.now()) ON CONFLICT DO NOTHING
"""
_AWAIT: LiteralString = "UPDATE runs SET is_awaited = true WHERE id = %s"


async def enter(ctx: Context, run_id: UUID, workflow_id: UUID, *, state: str, token_hash: bytes | None) -> bool:
    """Write that a run is n8n's; say whether it was not written before. Its end is an event of the outbox."""
    values = (ctx.organization_id, run_id, workflow_id, state, token_hash)
    is_new = (await ctx.tx.execute(_ENTER, values)).rowcount == 1
    await ctx.tx.execute(_AWAIT, (run_id,))
    return is_new


_CALLED: LiteralString = """
UPDATE n8n_executions SET state = 'following', answer = %s WHERE organization_id = %s AND run_id = %s AND state = 'calling'
"""
_LOOKED: LiteralString = """
UPDATE n8n_executions SET looks = looks + 1, looked_at = tenant.now(), last_error = %(error)s,
  status = coalesce(%(status)s, status), wait_till = %(wait_till)s
WHERE organization_id = %(organization_id)s AND run_id = %(run_id)s
"""
_END: LiteralString = """
UPDATE n8n_executions SET state = 'ended', status = coalesce(%s, status), last_error = NULL
WHERE organization_id = %s AND run_id = %s
"""


async def note_called(ctx: Context, run_id: UUID, answer: JsonObject | None) -> None:
    """Write what n8n answered to the start of a run."""
    await ctx.tx.execute(_CALLED, (None if answer is None else Jsonb(answer), ctx.organization_id, run_id))


async def note_look(
    ctx: Context, run_id: UUID, *, status: str | None = None, wait_till: datetime | None = None, error: str | None = None
) -> None:
    """Write what a look at n8n showed, or why it failed."""
    values = {"organization_id": ctx.organization_id, "run_id": run_id, "status": status, "wait_till": wait_till}
    await ctx.tx.execute(_LOOKED, values | {"error": None if error is None else error[:1000]})


async def end(ctx: Context, run_id: UUID, status: str | None) -> None:
    """Write that n8n has nothing more to do for a run."""
    await ctx.tx.execute(_END, (status, ctx.organization_id, run_id))


_BIND: LiteralString = """
UPDATE runs SET external_execution_id = %s WHERE id = %s AND external_execution_id IS NULL
"""


async def bind(ctx: Context, run_id: UUID, execution_id: str) -> bool:
    """Write which execution of n8n a run is; say whether it is. Another run may be that execution already."""
    try:
        async with ctx.tx.transaction():
            return (await ctx.tx.execute(_BIND, (execution_id, run_id))).rowcount == 1
    except UniqueViolation:
        return False


_HOLD_LINK: LiteralString = "SELECT FROM n8n_links WHERE organization_id = %s AND workflow_id = %s FOR NO KEY UPDATE"
_KNOWN: LiteralString = """
SELECT external_execution_id, id FROM runs
WHERE organization_id = %s AND type = 'workflow' AND target_id = %s AND external_execution_id = ANY (%s)
"""


async def hold_link(ctx: Context, workflow_id: UUID) -> bool:
    """Hold a link until the commit, so that an execution is taken for a run by one at a time; say whether it is there."""
    return (await ctx.tx.execute(_HOLD_LINK, (ctx.organization_id, workflow_id))).rowcount == 1


async def list_known(ctx: Context, workflow_id: UUID, execution_ids: list[str]) -> dict[str, UUID]:
    """Return the runs of a workflow that are some executions of n8n, by n8n's ids."""
    cursor = await ctx.tx.execute(_KNOWN, (ctx.organization_id, workflow_id, execution_ids))
    return dict(await cursor.fetchall())


_WAKE: LiteralString = """
SELECT control.wake(h.id) FROM (SELECT r.id FROM runs r WHERE r.id = %s FOR NO KEY UPDATE) h
"""


async def wake(ctx: Context, run_id: UUID) -> bool:
    """Let a run go on that waits for n8n; say whether it became pending."""
    row = await (await ctx.tx.execute(_WAKE, (run_id,))).fetchone()
    return row is not None and bool(row[0])


_BACKDATE: LiteralString = """
UPDATE runs SET created_at = least(created_at, %s), external_execution_id = %s, retry_of_run_id = %s WHERE id = %s
"""
_BACKDATE_COUNTED: LiteralString = """
UPDATE workflow_executions SET started_at = least(started_at, %s) WHERE organization_id = %s AND run_id = %s
"""


async def backdate(ctx: Context, run_id: UUID, execution_id: str, begun_at: datetime, retry_of: UUID | None) -> None:
    """Write which execution of n8n a new run is, and when that began."""
    await ctx.tx.execute(_BACKDATE, (begun_at, execution_id, retry_of, run_id))
    await ctx.tx.execute(_BACKDATE_COUNTED, (begun_at, ctx.organization_id, run_id))


_FIND: LiteralString = "SELECT organization_id, token_hash FROM tenant.find_n8n_token(%s)"
_CALLBACK: LiteralString = """
UPDATE n8n_executions SET callback = %s, callback_at = tenant.now()
WHERE organization_id = %s AND run_id = %s AND callback IS NULL AND state <> 'ended'
"""


async def find_token(database: Database, run_id: UUID) -> tuple[OrganizationId, bytes] | None:
    """Return whose a run is that n8n carries out, and the hash of its token, before any tenant is known."""
    rows = await database.statement(_FIND, (run_id,))
    return None if not rows else (OrganizationId(rows[0][0]), bytes(rows[0][1]))


async def put_callback(ctx: Context, run_id: UUID, callback: JsonObject) -> bool:
    """Write what n8n sent of a run; say whether it is the first, and the run not over."""
    return (await ctx.tx.execute(_CALLBACK, (Jsonb(callback), ctx.organization_id, run_id))).rowcount == 1


_FOLLOWED: LiteralString = """
UPDATE n8n_links SET followed_until = greatest(followed_until, coalesce(%s, followed_until)), looked_at = tenant.now(),
  last_error = %s WHERE organization_id = %s AND workflow_id = %s
"""
_SINCE: LiteralString = (
    "SELECT followed_until, imports_runs, created_at FROM n8n_links WHERE organization_id = %s AND workflow_id = %s"
)


async def get_since(ctx: Context, workflow_id: UUID) -> tuple[datetime, bool, datetime] | None:
    """Return until when a link's executions are known, whether those of n8n become runs, and since when it is linked."""
    return await (await ctx.tx.execute(_SINCE, (ctx.organization_id, workflow_id))).fetchone()


async def note_followed(ctx: Context, workflow_id: UUID, until: datetime | None, error: str | None) -> None:
    """Write until when a link's executions are known, and how the look went."""
    kept = None if error is None else error[:1000]
    await ctx.tx.execute(_FOLLOWED, (until, kept, ctx.organization_id, workflow_id))


_WITHOUT_TIMER: LiteralString = "SELECT organization_id, kind, subject_id FROM tenant.n8n_without_timer(%s)"


async def list_without_timer(database: Database, most: int) -> list[tuple[OrganizationId, str, UUID]]:
    """Name what of all organizations should be looked at and has no timer for it."""
    return [(OrganizationId(row[0]), row[1], row[2]) for row in await database.statement(_WITHOUT_TIMER, (most,))]


_AWAIT_RESUME: LiteralString = """
INSERT INTO n8n_resumes (organization_id, run_id, resume_url_encrypted) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
_RESUME: LiteralString = """
SELECT run_id, state, attempts, last_error, sent_at FROM n8n_resumes WHERE organization_id = %s AND run_id = %s
"""
_CLAIM_RESUME: LiteralString = """
UPDATE n8n_resumes SET state = 'sending', attempts = attempts + 1
WHERE organization_id = %s AND run_id = %s AND state IN ('waiting', 'sending') RETURNING resume_url_encrypted, attempts
"""
_END_RESUME: LiteralString = """
UPDATE n8n_resumes SET state = %(state)s, last_error = %(error)s,
  sent_at = CASE WHEN %(state)s = 'sent' THEN tenant.now() END
WHERE organization_id = %(organization_id)s AND run_id = %(run_id)s
"""
_AGAIN: LiteralString = """
UPDATE n8n_resumes SET state = 'waiting', attempts = 0 WHERE organization_id = %s AND run_id = %s AND state = 'dead'
"""


async def await_resume(ctx: Context, run_id: UUID, sealed_url: bytes) -> None:
    """Write that an execution of n8n waits for a run."""
    await ctx.tx.execute(_AWAIT_RESUME, (ctx.organization_id, run_id, sealed_url))
    await ctx.tx.execute(_AWAIT, (run_id,))


async def get_resume(ctx: Context, run_id: UUID) -> N8nResume | None:
    """Return how the execution stands that waits for a run."""
    async with ctx.tx.cursor(row_factory=class_row(N8nResume)) as cursor:
        return await (await cursor.execute(_RESUME, (ctx.organization_id, run_id))).fetchone()


async def claim_resume(ctx: Context, run_id: UUID) -> tuple[bytes, int] | None:
    """Take what is to be sent, with the number of the attempt; None when it is over."""
    row = await (await ctx.tx.execute(_CLAIM_RESUME, (ctx.organization_id, run_id))).fetchone()
    return None if row is None else (bytes(row[0]), row[1])


async def end_resume(ctx: Context, run_id: UUID, state: str, error: str | None = None) -> None:
    """Write how an attempt went."""
    values = {"organization_id": ctx.organization_id, "run_id": run_id, "state": state}
    await ctx.tx.execute(_END_RESUME, values | {"error": None if error is None else error[:1000]})


async def send_again(ctx: Context, run_id: UUID) -> bool:
    """Have a dead one sent again; say whether it was."""
    return (await ctx.tx.execute(_AGAIN, (ctx.organization_id, run_id))).rowcount == 1


_RESULT: LiteralString = "SELECT status, output, error FROM runs WHERE id = %s"


async def get_result(ctx: Context, run_id: UUID) -> tuple[str, Json, JsonObject | None] | None:
    """Return how a run ended, private ones included."""
    return await (await ctx.tx.execute(_RESULT, (run_id,))).fetchone()


_N8N_ID: LiteralString = "SELECT n8n_workflow_id FROM n8n_links WHERE organization_id = %s AND workflow_id = %s"


async def get_n8n_id(ctx: Context, workflow_id: UUID) -> str | None:
    """Return the id that n8n has for a linked workflow."""
    row = await (await ctx.tx.execute(_N8N_ID, (ctx.organization_id, workflow_id))).fetchone()
    return None if row is None else row[0]
