"""The chat page of a target: visitors without an account, each with a chat of their own that nobody else reads.

A visitor is a row with the hash of what a cookie holds; what they said and were answered are runs of the deployment.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.ids import new_id
from retinue.core.json import Json, JsonObject, dumps
from retinue.core.logging import get_logger
from retinue.deployments import calling
from retinue.deployments import repository_visitors as repository
from retinue.deployments.errors import ChatBusyError, NotDeployedError
from retinue.deployments.repository_visitors import Visitor
from retinue.deployments.types import Chat, ChatMessage, Served
from retinue.engine.spec.input import AGENT_PROMPT, PromptInput
from retinue.runs import service as runs
from retinue.runs.errors import RunMissingError
from retinue.runs.types import Released, Run, RunStatus, StartRun, Trigger

_log = get_logger(__name__)

KEPT_DAYS = 30
"""For so long a visitor is kept after the last message, with all that was said."""
FILES_ORPHANED = "conversations.files_orphaned"
"""Event that ``conversations`` listens to: the rows of files are gone, whose storage keys it names."""
_SHOWN_MESSAGES = 100
_SECRET_BYTES = 32
_UNFINISHED = frozenset({RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING})
_FAILED = "The answer failed. Send the message again."
_CANCELLED = "The answer was cancelled."


class ChatMessageEmptyError(InvalidError):
    """The message is empty."""

    code = "chat_message_empty"
    remedy = "Write something."

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("content", "is empty", type(self).remedy),))


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was sent: its status, and the cookie of a visitor who is new."""

    message: ChatMessage
    cookie: str | None


async def find(database: Database, target_id: UUID) -> Served:
    """Return the deployed version of a target that offers a chat page. Raises ``NotDeployedError``."""
    served = await calling.find(database, target_id)
    if not served.config.chat_page or served.prompt is None:
        raise NotDeployedError
    return served


async def show(ctx: Context, served: Served, cookie: str | None) -> Chat:
    """Return the chat page with the visitor's messages, the newest 100 of the present chat."""
    visitor = await _known(ctx, served, cookie)
    found = [] if visitor is None else await runs.list_of_visitor(ctx, visitor.id, visitor.chat_began_at, _SHOWN_MESSAGES)
    face = served.face
    return Chat(face.name, face.description, face.icon, served.config.greeting, [shown(run, served) for run in found])


async def say(ctx: Context, served: Served, cookie: str | None, content: str) -> Said:
    """Start the run that answers a visitor's message; a visitor who is not known is made.

    Raises ``ChatMessageEmptyError``, ``ChatBusyError``, and what ``runs.service.start`` raises.
    """
    if not content.strip():
        raise ChatMessageEmptyError
    visitor, made = await _known(ctx, served, cookie, is_speaking=True), None
    if visitor is None:
        made = secrets.token_urlsafe(_SECRET_BYTES)
        visitor = await repository.insert(ctx, new_id(), served, _hash(made))
    earlier = await runs.list_of_visitor(ctx, visitor.id, visitor.chat_began_at, _SHOWN_MESSAGES)
    if earlier and earlier[-1].status in _UNFINISHED:
        raise ChatBusyError
    prompt = served.prompt or AGENT_PROMPT
    run_input: JsonObject = {prompt.field: content}
    if prompt.takes_messages and (history := _history(earlier, prompt)):
        run_input["messages"] = history
    asked = StartRun(
        type=served.target_type,
        target_id=served.target_id,
        input=run_input,
        trigger=Trigger.CONVERSATION,
        priority=served.priority,
        released=Released(served.deployment_id, served.release, visitor.id),
    )
    started = await runs.start(calling.acting(ctx), asked)
    return Said(shown(started.run, served), made)


async def get(ctx: Context, served: Served, cookie: str | None, run_id: UUID) -> ChatMessage:
    """Return one of the visitor's own messages. Raises ``RunMissingError``."""
    visitor = await _known(ctx, served, cookie)
    if visitor is None:
        raise RunMissingError
    found = await runs.list_of_visitor(ctx, visitor.id, visitor.chat_began_at, _SHOWN_MESSAGES)
    for run in found:
        if run.id == run_id:
            return shown(run, served)
    raise RunMissingError


async def clear(ctx: Context, served: Served, cookie: str | None) -> None:
    """Clear the visitor's chat: earlier messages are not shown any more. Nothing happens for an unknown visitor."""
    visitor = await _known(ctx, served, cookie, is_speaking=True)
    if visitor is not None:
        await repository.clear(ctx, visitor.id)


async def delete_expired(database: Database) -> None:
    """Delete visitors who were not seen for 30 days, each with all that was said, in one commit. May be repeated."""
    for organization_id in await repository.list_organizations_with_expired(database, KEPT_DAYS):
        count = 0
        while True:
            async with database.system_context([organization_id]) as ctx:
                visitor_id = await repository.lock_expired(ctx, KEPT_DAYS)
                if visitor_id is None:
                    break
                keys = await runs.erase_visitor(ctx, visitor_id)
                await repository.delete(ctx, visitor_id)
                if keys:
                    await events.append(ctx, FILES_ORPHANED, {"keys": [*keys]})
            count += 1
        _log.info("deployments.visitors_deleted", organization_id=str(organization_id), visitors=count)


async def _known(ctx: Context, served: Served, cookie: str | None, *, is_speaking: bool = False) -> Visitor | None:
    if not cookie:
        return None
    since: datetime = ctx.now - timedelta(days=KEPT_DAYS)
    return await repository.find(ctx, served, _hash(cookie), since, is_speaking=is_speaking)


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def _history(earlier: list[Run], prompt: PromptInput) -> list[Json]:
    messages: list[Json] = []
    for run in earlier:
        if run.status is RunStatus.COMPLETED and (answer := _text(run.output)):
            messages.append({"role": "user", "content": _text(run.input.get(prompt.field)) or ""})
            messages.append({"role": "assistant", "content": answer})
    return messages


def _text(value: Json) -> str | None:
    """Return what was said: the one text of an answer, or the JSON of one that has more."""
    if isinstance(value, dict) and len(value) == 1:
        (only,) = value.values()
        value = only if isinstance(only, str) else value
    return value if value is None or isinstance(value, str) else dumps(value).decode()


def shown(run: Run, served: Served) -> ChatMessage:
    """Return a run as its visitor sees it: no reason of a failure, which may tell of what is inside."""
    error = {RunStatus.FAILED: _FAILED, RunStatus.CANCELLED: _CANCELLED}.get(run.status)
    content = _text(run.input.get((served.prompt or AGENT_PROMPT).field)) or ""
    return ChatMessage(run.id, content, run.status, _text(run.output), error, run.created_at)
