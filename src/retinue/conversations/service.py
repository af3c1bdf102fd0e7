"""The verbs of conversations: begin, read, say, answer again, rename, delete. An answer is a run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from retinue.conversations import partners, permissions, repository, rules
from retinue.conversations.attachments import service as attachments
from retinue.conversations.attachments.types import StoredAttachment
from retinue.conversations.errors import (
    AttachmentsUnsupportedError,
    ConversationBusyError,
    ConversationMissingError,
    MessageEmptyError,
    NothingToRegenerateError,
)
from retinue.conversations.partners import Hearing
from retinue.conversations.types import (
    Conversation,
    ConversationFilter,
    Exchange,
    Message,
    MessageStatus,
    NewMessage,
    OnBusy,
    Partner,
    Sender,
    Sent,
)
from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.db.pages import Page, Position, decode, decode_number, numbered_page_of, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.core.storage import FileMissingError
from retinue.runs import service as runs
from retinue.runs.errors import RunMissingError, RunOverError
from retinue.runs.labels.types import NO_LABELS, Labels
from retinue.runs.types import Run, StartRun, Trigger


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation as an answer is given in it: who hears, what was said before, and the files the model is shown."""

    conversation: Conversation
    hearing: Hearing
    history: list[Message]
    contents: Mapping[UUID, bytes]


FILES_ORPHANED = "conversations.files_orphaned"
"""Event: files whose rows are gone; ``keys`` are their storage keys."""


async def begin(ctx: Context, partner: Partner, title: str) -> Conversation:
    """Begin a conversation with an agent, a team or a workflow. Raises as ``partners.check`` does."""
    require(ctx, permissions.WRITE)
    await partners.check(ctx, partner)
    return await repository.insert(ctx, new_id(), partner, title)


async def get(ctx: Context, conversation_id: UUID) -> Conversation:
    """Return one of the person's conversations. Raises ``ConversationMissingError``."""
    require(ctx, permissions.READ)
    return await _get(ctx, conversation_id)


async def lock(ctx: Context, conversation_id: UUID) -> Conversation:
    """Return one of the person's conversations, into which nobody else sends until the commit."""
    return await _get(ctx, conversation_id, lock=True)


async def list_conversations(ctx: Context, wanted: ConversationFilter, limit: int, cursor: str | None) -> Page[Conversation]:
    """Return a page of the person's conversations, the one last spoken in first."""
    require(ctx, permissions.READ)
    before = None if cursor is None else decode(cursor)
    rows = await repository.list_conversations(ctx, wanted, before, limit + 1)
    return page_of(rows, limit, lambda each: Position(each.last_message_time or each.created_at, each.id))


async def list_messages(ctx: Context, conversation_id: UUID, limit: int, cursor: str | None) -> Page[Message]:
    """Return a page of a conversation's messages, oldest first. Raises ``ConversationMissingError``."""
    require(ctx, permissions.READ)
    await _get(ctx, conversation_id)
    after = -1 if cursor is None else decode_number(cursor)
    rows = await repository.list_messages(ctx, conversation_id, after, limit + 1)
    return numbered_page_of(rows, limit, lambda message: message.sequence)


async def rename(ctx: Context, conversation_id: UUID, title: str) -> Conversation:
    """Rename a conversation. Raises ``ConversationMissingError``."""
    require(ctx, permissions.WRITE)
    renamed = await repository.rename(ctx, conversation_id, title)
    if renamed is None:
        raise ConversationMissingError
    return renamed


async def delete(ctx: Context, conversation_id: UUID) -> None:
    """Delete a conversation with its messages, attachments and runs; an answer in flight is cancelled.

    Files follow by an event of the same commit. Raises ``ConversationMissingError``.
    """
    require(ctx, permissions.WRITE)
    conversation = await _get(ctx, conversation_id, lock=True)
    await erase(ctx, conversation_id)
    facts: JsonObject = {"with": str(conversation.partner_id), "messages": conversation.message_count}
    await audit.record(ctx, "conversation.deleted", ("conversation", conversation_id), before=facts)


async def erase(ctx: Context, conversation_id: UUID) -> None:
    """Delete a conversation that the caller has locked, with all of its things; files follow by an event."""
    keys = await attachments.list_keys(ctx, conversation_id)
    keys += await runs.erase_conversation(ctx, conversation_id)
    await repository.delete(ctx, conversation_id)
    if keys:
        await events.append(ctx, FILES_ORPHANED, {"keys": [*keys]})


async def erase_of_agent(ctx: Context, agent_id: UUID) -> dict[str, int] | None:
    """Delete one conversation with an agent, for the platform; return how many rows went by table, None if there is none."""
    found = await repository.lock_of_agent(ctx, agent_id)
    if found is None:
        return None
    conversation_id, messages, files = found
    await erase(ctx, conversation_id)
    return {"conversations": 1, "messages": messages, "attachments": files}


async def erase_person(ctx: Context, user_id: UUID) -> None:
    """Delete a person's conversations in every organization, with their messages, uploads and runs; files follow by events.

    For the deletion of an account: the context acts as the platform, and answers in flight are cancelled.
    """
    for organization_id in await repository.list_organizations_of(ctx, user_id):
        async with acting_as(ctx, replace(ctx.actor, organization_id=organization_id)) as inside:
            keys = await attachments.list_keys_of(inside, user_id)
            for conversation_id in await repository.list_ids_of(inside, user_id):
                keys += await runs.erase_conversation(inside, conversation_id)
                await repository.delete(inside, conversation_id)
            if keys:
                await events.append(inside, FILES_ORPHANED, {"keys": [*keys]})


async def say(database: Database, actor: Actor, conversation_id: UUID, new: NewMessage) -> Sent:
    """Send a message: it, the reply to come and the run that writes it are one commit.

    Files are read before, with no transaction open. May be repeated with the same idempotency key. Raises
    ``ConversationMissingError``, ``ConversationBusyError`` when an answer is in flight and ``new.on_busy`` is refuse,
    ``ConversationWithoutAgentError``, ``MessageEmptyError``, ``AttachmentsUnsupportedError``, the attachments' errors and
    those of ``runs.service.start``.
    """
    if not new.content.strip() and not new.attachment_ids:
        raise MessageEmptyError(fields=(FieldProblem("content", "is empty", "Write something, or attach a file."),))
    contents = await _contents_for(database, actor, conversation_id, new.attachment_ids)
    async with database.context(actor) as ctx:
        require(ctx, permissions.WRITE)
        conversation = await _get(ctx, conversation_id, lock=True)
        replayed = await _replayed(ctx, conversation, new)
        if replayed is not None:
            return Sent(replayed, is_replay=True)
        hearing = await partners.hearing_of(ctx, conversation)
        if new.attachment_ids and not hearing.takes_files:
            raise AttachmentsUnsupportedError
        history = await _free(ctx, conversation, hearing, new.on_busy)
        files = await attachments.list_by_ids(ctx, new.attachment_ids)
        await attachments.use(ctx, new.attachment_ids, conversation_id)
        asked = _user_message(conversation, history, new.content, files)
        return Sent(await _answer(ctx, _Talk(conversation, hearing, history, contents), asked, new), is_replay=False)


async def regenerate(
    database: Database,
    actor: Actor,
    conversation_id: UUID,
    *,
    tags: list[str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Exchange:
    """Have the last answer given again, in its place, with the labels of its run unless others are given.

    Raises ``NothingToRegenerateError`` and as ``say`` does.
    """
    contents = await _contents_for(database, actor, conversation_id, [])
    async with database.context(actor) as ctx:
        require(ctx, permissions.WRITE)
        conversation = await _get(ctx, conversation_id, lock=True)
        hearing = await partners.hearing_of(ctx, conversation)
        history = await _free(ctx, conversation, hearing, OnBusy.REFUSE)
        if len(history) < 2 or history[-1].sender_type != Sender.AGENT:  # noqa: PLR2004 - a message and its reply
            raise NothingToRegenerateError
        *earlier, asked, reply = history
        labels = await _labels_of(ctx, reply.run_id)
        talk = _Talk(conversation, hearing, earlier, contents)
        run = await _start(ctx, talk, asked, NewMessage("", [], labels=labels.changed(tags, metadata)))
        versions = rules.with_version(reply)
        await repository.rewrite(ctx, reply.id, run.id, versions)
        reply = replace(reply, content="", status=MessageStatus.STREAMING, run_id=run.id, versions=versions)
        return Exchange(asked, reply, run)


async def finalize_reply(ctx: Context, run_id: UUID) -> None:
    """Write a run's end into the reply it was to write, if there is one. May be repeated."""
    await repository.finalize_replies(ctx, [run_id])


async def _get(ctx: Context, conversation_id: UUID, *, lock: bool = False) -> Conversation:
    conversation = await repository.get(ctx, conversation_id, lock=lock)
    if conversation is None:
        raise ConversationMissingError
    return conversation


async def _contents_for(
    database: Database, actor: Actor, conversation_id: UUID, new_ids: list[UUID]
) -> Mapping[UUID, bytes]:
    """Read the files the model will be shown; no transaction is open while storage is asked."""
    async with database.context(actor) as ctx:
        require(ctx, permissions.WRITE)
        conversation = await _get(ctx, conversation_id)
        if not new_ids and (conversation.partner_id is None or conversation.workflow_id is not None):
            return {}  # there is nobody to be shown files, and a workflow is shown none
        history = await _history(ctx, conversation, await partners.hearing_of(ctx, conversation))
        earlier = [each.id for message in history for each in message.attachments]
        files = await attachments.list_by_ids(ctx, [*new_ids, *earlier])
    attached: dict[UUID, StoredAttachment] = {each.id: each for each in files}
    contents: dict[UUID, bytes] = {}
    for each in [*new_ids, *rules.worth_reading(history, attached)]:
        with suppress(FileMissingError):  # the model is then told that the file cannot be shown
            content = await database.resources.storage.read(attached[each].storage_key)
            contents[each] = b"".join([chunk async for chunk in content])
    return contents


async def _history(ctx: Context, conversation: Conversation, hearing: Hearing) -> list[Message]:
    # One more than the agent is shown: the message that an answer which is given again belongs to.
    return await repository.list_last_messages(ctx, conversation.id, hearing.history_messages + 2)


async def _free(ctx: Context, conversation: Conversation, hearing: Hearing, on_busy: OnBusy) -> list[Message]:
    """Return the conversation so far, once no answer is in flight in it any more."""
    history = await _history(ctx, conversation, hearing)
    if not history:
        return history
    last = history[-1]
    if last.status in rules.IN_FLIGHT and last.run_id is not None:
        if on_busy is OnBusy.REFUSE:
            raise ConversationBusyError
        with suppress(RunOverError):  # it may end in this very moment
            await runs.cancel(ctx, last.run_id)
    if last.run_id is not None:
        await repository.finalize_replies(ctx, [last.run_id])
        history = await _history(ctx, conversation, hearing)
    return history


async def _replayed(ctx: Context, conversation: Conversation, new: NewMessage) -> Exchange | None:
    if new.idempotency_key is None:
        return None
    run = await runs.find_started(ctx, new.idempotency_key, rules.hash_of(conversation.id, new))
    if run is None:
        return None
    message, reply = await repository.list_exchange(ctx, conversation.id, run.id)
    return Exchange(message, reply, run)


def _user_message(
    conversation: Conversation, history: list[Message], content: str, files: list[StoredAttachment]
) -> Message:
    return Message(
        id=new_id(),
        conversation_id=conversation.id,
        sequence=history[-1].sequence + 1 if history else 1,
        content=content,
        sender_type=Sender.USER,
        attachments=[attachments.shown(each) for each in files],
        run_id=None,
        status=MessageStatus.COMPLETE,
        created_at=conversation.created_at,
        warnings=[],
        partial_content=None,
        versions=[],
    )


async def _answer(ctx: Context, talk: _Talk, asked: Message, new: NewMessage) -> Exchange:
    run = await _start(ctx, talk, asked, new)
    # Ids sort by their making; two of one millisecond are put in order here.
    first, second = sorted((asked.id, new_id()))
    asked = replace(asked, id=first)
    asked = replace(asked, created_at=await repository.insert_message(ctx, asked))
    reply = replace(
        asked,
        id=second,
        sequence=asked.sequence + 1,
        content="",
        sender_type=Sender.AGENT,
        attachments=[],
        run_id=run.id,
        status=MessageStatus.STREAMING,
    )
    await repository.insert_message(ctx, reply)
    names = [each.name for each in asked.attachments]
    title, preview = rules.title_of(asked.content, names), rules.preview_of(asked.content or ", ".join(names))
    await repository.note_message(ctx, talk.conversation.id, preview, count=reply.sequence, title=title)
    return Exchange(asked, reply, run)


async def _labels_of(ctx: Context, run_id: UUID | None) -> Labels:
    try:
        return NO_LABELS if run_id is None else (await runs.get(ctx, run_id)).labels
    except RunMissingError:  # older than the organization keeps its runs
        return NO_LABELS


async def _start(ctx: Context, talk: _Talk, asked: Message, new: NewMessage) -> Run:
    conversation, hearing = talk.conversation, talk.hearing
    said = rules.content_of(asked.content, asked.attachments, talk.contents)
    started = await runs.start(
        ctx,
        StartRun(
            target_id=hearing.target_id,
            type=hearing.type,
            input=hearing.input_of(said, rules.to_model_history(talk.history, talk.contents)),
            trigger=Trigger.CONVERSATION,
            conversation_id=conversation.id,
            idempotency_key=new.idempotency_key,
            request_hash=None if new.idempotency_key is None else rules.hash_of(conversation.id, new),
            labels=new.labels,
        ),
    )
    return started.run
