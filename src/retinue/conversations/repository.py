"""All SQL of conversations and messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.conversations import rules
from retinue.conversations.attachments.types import Attachment
from retinue.conversations.types import (
    Conversation,
    ConversationFilter,
    Message,
    MessageStatus,
    MessageVersion,
    Partner,
    Sender,
)
from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, dumps
from retinue.runs.steps.types import StepWarning

_COLUMNS: LiteralString = """
SELECT id, organization_id, user_id, agent_id, team_id, workflow_id, title, last_message, last_message_time,
  message_count, created_at, updated_at
FROM conversations
"""
_INSERT: LiteralString = """
INSERT INTO conversations (id, organization_id, user_id, agent_id, team_id, workflow_id, title)
VALUES (%s, %s, %s, %s, %s, %s, %s)
RETURNING id, organization_id, user_id, agent_id, team_id, workflow_id, title, last_message, last_message_time,
  message_count, created_at, updated_at
"""


async def insert(ctx: Context, conversation_id: UUID, partner: Partner, title: str) -> Conversation:
    """Make a conversation of the context's person."""
    async with ctx.tx.cursor(row_factory=class_row(Conversation)) as cursor:
        whom = (partner.agent_id, partner.team_id, partner.workflow_id)
        await cursor.execute(_INSERT, (conversation_id, ctx.organization_id, ctx.user_id, *whom, title))
        made = await cursor.fetchone()
    if made is None:
        raise AssertionError("an insert returns its row")
    return made


_GET: LiteralString = _COLUMNS + "WHERE id = %s"
_LOCK: LiteralString = _COLUMNS + "WHERE id = %s FOR NO KEY UPDATE"


async def get(ctx: Context, conversation_id: UUID, *, lock: bool = False) -> Conversation | None:
    """Return one of the person's conversations; with ``lock``, nobody else sends into it until the commit."""
    async with ctx.tx.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(_LOCK if lock else _GET, (conversation_id,))
        return await cursor.fetchone()


# The organization and the person are named beside the policies: with a policy's array the index gives no order.
_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s
  AND (%(agent_id)s::uuid IS NULL OR agent_id = %(agent_id)s::uuid)
  AND (%(team_id)s::uuid IS NULL OR team_id = %(team_id)s::uuid)
  AND (%(workflow_id)s::uuid IS NULL OR workflow_id = %(workflow_id)s::uuid)
  AND (%(q)s::text IS NULL OR strpos(lower(title), lower(%(q)s::text)) > 0)
  AND (%(at)s::timestamptz IS NULL OR (coalesce(last_message_time, created_at), id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY coalesce(last_message_time, created_at) DESC, id DESC LIMIT %(limit)s
"""
)


async def list_conversations(
    ctx: Context, wanted: ConversationFilter, before: Position | None, limit: int
) -> list[Conversation]:
    """Return the person's conversations, the one last spoken in first."""
    at, last = (None, None) if before is None else (before.at, before.id)
    values = {"organization_id": ctx.organization_id, "user_id": ctx.user_id, "q": wanted.q}
    values |= {"agent_id": wanted.agent_id, "team_id": wanted.team_id, "workflow_id": wanted.workflow_id}
    async with ctx.tx.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(_LIST, values | {"at": at, "id": last, "limit": limit})
        return await cursor.fetchall()


_RENAME: LiteralString = """
UPDATE conversations SET title = %s WHERE id = %s
RETURNING id, organization_id, user_id, agent_id, team_id, workflow_id, title, last_message, last_message_time,
  message_count, created_at, updated_at
"""


async def rename(ctx: Context, conversation_id: UUID, title: str) -> Conversation | None:
    """Rename a conversation."""
    async with ctx.tx.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(_RENAME, (title, conversation_id))
        return await cursor.fetchone()


_ORGANIZATIONS_OF: LiteralString = "SELECT tenant.organizations_with_conversations_of(%s)"
_IDS_OF: LiteralString = "SELECT id FROM conversations WHERE user_id = %s"


async def list_organizations_of(ctx: Context, user_id: UUID) -> list[OrganizationId]:
    """Name the organizations in which a person has conversations or uploads."""
    rows = await (await ctx.tx.execute(_ORGANIZATIONS_OF, (user_id,))).fetchall()
    return [OrganizationId(row[0]) for row in rows]


async def list_ids_of(ctx: Context, user_id: UUID) -> list[UUID]:
    """Name a person's conversations in the context's organization."""
    return [row[0] for row in await (await ctx.tx.execute(_IDS_OF, (user_id,))).fetchall()]


_OF_AGENT: LiteralString = """
SELECT c.id, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id),
       (SELECT count(*) FROM attachments a WHERE a.conversation_id = c.id)
FROM conversations c WHERE c.organization_id = %s AND c.agent_id = %s ORDER BY c.id LIMIT 1 FOR NO KEY UPDATE OF c
"""


async def lock_of_agent(ctx: Context, agent_id: UUID) -> tuple[UUID, int, int] | None:
    """Lock one of an agent's conversations; return its id, and how many messages and attachments it has."""
    row = await (await ctx.tx.execute(_OF_AGENT, (ctx.organization_id, agent_id))).fetchone()
    return None if row is None else (row[0], row[1], row[2])


_DELETE: LiteralString = "DELETE FROM conversations WHERE id = %s"


async def delete(ctx: Context, conversation_id: UUID) -> None:
    """Delete a conversation with its messages and attachments."""
    await ctx.tx.execute(_DELETE, (conversation_id,))


_SPOKEN: LiteralString = """
UPDATE conversations SET last_message = %(last_message)s, last_message_time = tenant.now(),
  message_count = greatest(message_count, %(count)s), title = CASE WHEN title = '' THEN %(title)s ELSE title END
WHERE id = %(id)s
"""


async def note_message(ctx: Context, conversation_id: UUID, preview: str, *, count: int = 0, title: str = "") -> None:
    """Note what was last said, and how many messages there are; a conversation without a title gets one."""
    values = {"id": conversation_id, "last_message": preview, "count": count, "title": title}
    await ctx.tx.execute(_SPOKEN, values)


_MESSAGE_COLUMNS: LiteralString = """
SELECT m.id, m.conversation_id, m.sequence, m.content, m.sender_type, m.attachments, m.run_id, m.status, m.created_at,
  m.versions,
  CASE WHEN r.waiting_reason IN ('members', 'external', 'timer') THEN 'running' ELSE r.status END AS run_status,
  r.error_message AS run_error, r.type AS run_type,
  CASE WHEN r.status = 'completed' AND m.status = 'streaming' THEN r.output END AS run_output,
  CASE WHEN r.warning_count > 0 THEN (
    SELECT jsonb_agg(w.value ORDER BY s.sequence) FROM run_steps s, jsonb_array_elements(s.warnings) w WHERE s.run_id = r.id
  ) END AS warnings,
  CASE WHEN r.status IN ('failed', 'cancelled') THEN (
    SELECT s.output ->> 'text' FROM run_steps s
    WHERE s.run_id = r.id AND s.step_type = 'llm_call' AND s.output -> 'is_partial' = 'true'
    ORDER BY s.sequence DESC LIMIT 1
  ) END AS partial_content
FROM messages m LEFT JOIN runs r ON r.id = m.run_id AND m.sender_type = 'agent'
"""


def _message(
    *,
    run_status: str | None,
    run_error: str | None,
    run_output: Json,
    run_type: str | None,
    **row: Any,  # noqa: ANN401 - the columns above
) -> Message:
    row["sender_type"], row["status"] = Sender(row["sender_type"]), MessageStatus(row["status"])
    row["attachments"] = [
        Attachment(UUID(each["id"]), each["name"], each["type"], each["size"], each["url"]) for each in row["attachments"]
    ]
    row["versions"] = [rules.version_of(each) for each in row["versions"]]
    row["warnings"] = [StepWarning(**each) for each in row["warnings"] or ()]
    return rules.with_run_status(Message(**row), run_status, rules.text_of(run_output, run_type), run_error)


_LIST_MESSAGES: LiteralString = (
    _MESSAGE_COLUMNS
    + "WHERE m.conversation_id = %(conversation_id)s AND m.sequence > %(after)s ORDER BY m.sequence LIMIT %(limit)s"
)


async def list_messages(ctx: Context, conversation_id: UUID, after: int, limit: int) -> list[Message]:
    """Return messages in their order."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_message)) as cursor:
        await cursor.execute(_LIST_MESSAGES, {"conversation_id": conversation_id, "after": after, "limit": limit})
        return await cursor.fetchall()


_LAST_MESSAGES: LiteralString = (
    _MESSAGE_COLUMNS + "WHERE m.conversation_id = %(conversation_id)s ORDER BY m.sequence DESC LIMIT %(limit)s"
)


async def list_last_messages(ctx: Context, conversation_id: UUID, limit: int) -> list[Message]:
    """Return the newest messages, in their order."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_message)) as cursor:
        await cursor.execute(_LAST_MESSAGES, {"conversation_id": conversation_id, "limit": limit})
        return (await cursor.fetchall())[::-1]


_OF_EXCHANGE: LiteralString = """
WHERE m.conversation_id = %(conversation_id)s AND m.sequence IN (
  SELECT unnest(ARRAY[a.sequence - 1, a.sequence]) FROM messages a
  WHERE a.conversation_id = %(conversation_id)s AND a.run_id = %(run_id)s AND a.sender_type = 'agent'
) ORDER BY m.sequence
"""
_EXCHANGE: LiteralString = _MESSAGE_COLUMNS + _OF_EXCHANGE


async def list_exchange(ctx: Context, conversation_id: UUID, run_id: UUID) -> list[Message]:
    """Return the reply that a run writes, and the message before it."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_message)) as cursor:
        await cursor.execute(_EXCHANGE, {"conversation_id": conversation_id, "run_id": run_id})
        return await cursor.fetchall()


_INSERT_MESSAGES: LiteralString = """
INSERT INTO messages (id, organization_id, conversation_id, user_id, sequence, content, sender_type, attachments, run_id,
  status)
VALUES (%(id)s, %(organization_id)s, %(conversation_id)s, %(user_id)s, %(sequence)s, %(content)s, %(sender_type)s,
  %(attachments)s, %(run_id)s, %(status)s) RETURNING created_at
"""


async def insert_message(ctx: Context, message: Message) -> datetime:
    """Add a message; return when the database did."""
    values = {name: getattr(message, name) for name in Message.__slots__}
    del values["versions"]
    values |= {
        "organization_id": ctx.organization_id,
        "user_id": ctx.user_id,
        "attachments": Jsonb(message.attachments, dumps),
    }
    row = await (await ctx.tx.execute(_INSERT_MESSAGES, values)).fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return row[0]


_REWRITE: LiteralString = """
UPDATE messages SET run_id = %(run_id)s, content = '', status = 'streaming', versions = %(versions)s WHERE id = %(id)s
"""


async def rewrite(ctx: Context, message_id: UUID, run_id: UUID, versions: list[MessageVersion]) -> None:
    """Let another run write a reply again; keep the answers it had."""
    values = {"id": message_id, "run_id": run_id, "versions": Jsonb(versions, dumps)}
    await ctx.tx.execute(_REWRITE, values)


# The conversation first, as in sending: the two then take turns instead of waiting for each other.
_LOCK_CONVERSATIONS: LiteralString = """
SELECT FROM conversations WHERE id IN (SELECT conversation_id FROM messages WHERE run_id = ANY (%s)) ORDER BY id
FOR NO KEY UPDATE
"""
_ENDED: LiteralString = """
SELECT m.id, m.conversation_id, r.status, r.type, r.output, r.error_message,
  m.sequence = (SELECT max(n.sequence) FROM messages n WHERE n.conversation_id = m.conversation_id)
FROM messages m JOIN runs r ON r.id = m.run_id
WHERE m.run_id = ANY (%s) AND m.sender_type = 'agent' AND m.status <> 'complete'
  AND r.status IN ('completed', 'failed', 'cancelled')
FOR NO KEY UPDATE OF m
"""
_SETTLE: LiteralString = "UPDATE messages SET content = %(content)s, status = %(status)s WHERE id = %(id)s"


async def finalize_replies(ctx: Context, run_ids: Sequence[UUID]) -> None:
    """Write the ends of runs into the replies they were to write. May be repeated."""
    await ctx.tx.execute(_LOCK_CONVERSATIONS, (list(run_ids),))
    rows = await (await ctx.tx.execute(_ENDED, (list(run_ids),))).fetchall()
    for message_id, conversation_id, run_status, run_type, output, error, is_last in rows:
        status, content = rules.ending_of(run_status, rules.text_of(output, run_type), error)
        await ctx.tx.execute(_SETTLE, {"id": message_id, "content": content, "status": status})
        if is_last and content:
            await note_message(ctx, conversation_id, rules.preview_of(content))
