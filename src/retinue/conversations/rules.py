"""Decisions about conversations that need no database."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from retinue.conversations.attachments.types import Attachment, StoredAttachment
from retinue.conversations.types import Message, MessageStatus, MessageVersion, NewMessage, Sender
from retinue.core.json import Json, JsonObject, dumps

_TITLE_LENGTH = 80
_PREVIEW_LENGTH = 200
_SHOWN_CHARACTERS = 100_000
_HISTORY_BYTES = 4 * 1024 * 1024
_VERSIONS = 20

IN_FLIGHT = frozenset({MessageStatus.STREAMING, MessageStatus.WAITING})


def title_of(content: str, names: list[str]) -> str:
    """Make a title of the first message: its first line, cut at a word; without a text, the names of what is attached."""
    lines = content.strip().splitlines()
    line = " ".join((lines[0] if lines else ", ".join(names)).split())
    if len(line) <= _TITLE_LENGTH:
        return line
    return f"{line[:_TITLE_LENGTH].rsplit(' ', 1)[0]}…"


def preview_of(content: str) -> str:
    """Return the beginning of a message, on one line, for lists."""
    line = " ".join(content.split())
    return line if len(line) <= _PREVIEW_LENGTH else f"{line[: _PREVIEW_LENGTH - 1]}…"


def hash_of(conversation_id: UUID, new: NewMessage) -> bytes:
    """Fold what is sent into 32 bytes (SHA-256), to know a repetition by; the history before it does not count."""
    asked: list[object] = [str(conversation_id), new.content, [str(each) for each in new.attachment_ids]]
    if not new.labels.is_empty:  # a message without any has the hash that earlier versions gave it
        asked += [new.labels.tags, new.labels.metadata]
    return hashlib.sha256(dumps(asked, sort_keys=True)).digest()


def text_of(output: Json, run_type: str | None) -> str:
    """Return a run's output as a message shows it: its text, or the object of an agent with an output schema as JSON.

    A workflow that gives one text, whatever its name, gives that text.
    """
    if isinstance(output, dict):
        text = next(iter(output.values()), None) if run_type == "workflow" else output.get("text")
        is_text = isinstance(text, str) and len(output) == 1
        return str(text) if is_text else json.dumps(output, ensure_ascii=False, indent=2)
    return output if isinstance(output, str) else ""


def with_run_status(message: Message, run_status: str | None, text: str, error: str | None) -> Message:
    """Return a reply in its current state while, or before, its run's end is written into it."""
    if run_status is None or message.sender_type != Sender.AGENT:
        return message
    if run_status in ("pending", "running"):
        return replace(message, status=MessageStatus.STREAMING, content="")
    if run_status == "waiting":
        return replace(message, status=MessageStatus.WAITING, content="")
    if message.status != MessageStatus.STREAMING:
        return message
    status, content = ending_of(run_status, text, error)
    return replace(message, status=status, content=content)


def version_of(stored: JsonObject) -> MessageVersion:
    """Read an earlier answer as it is stored."""
    run_id = stored["run_id"]
    status = MessageStatus(str(stored["status"]))
    return MessageVersion(str(stored["content"]), status, None if run_id is None else UUID(str(run_id)))


def with_version(reply: Message) -> list[MessageVersion]:
    """Return the answers of a reply, the present one last, as they are kept when it is regenerated."""
    answer = reply.partial_content if reply.status is MessageStatus.CANCELLED else reply.content
    return [*reply.versions, MessageVersion(answer or "", reply.status, reply.run_id)][-_VERSIONS:]


def ending_of(run_status: str, text: str, error: str | None) -> tuple[MessageStatus, str]:
    """Return how a reply ends with its run, and with which text."""
    if run_status == "completed":
        return MessageStatus.COMPLETE, text
    if run_status == "failed":
        return MessageStatus.FAILED, error or "The run failed."
    return MessageStatus.CANCELLED, ""


def worth_reading(history: list[Message], attached: Mapping[UUID, StoredAttachment]) -> list[UUID]:
    """Choose whose content the model is shown: the newest attachments of a conversation, up to 4 MB."""
    chosen: list[UUID] = []
    size = 0
    for message in reversed(history):
        for attachment in message.attachments:
            stored = attached.get(attachment.id)
            if stored is None or size + stored.size > _HISTORY_BYTES:
                continue
            size += stored.size
            chosen.append(stored.id)
    return chosen


def to_model_history(history: list[Message], contents: Mapping[UUID, bytes]) -> list[JsonObject]:
    """Write messages as the model is shown them; replies that failed or were stopped have said nothing."""
    told: list[JsonObject] = []
    for message in history:
        if message.sender_type == Sender.USER:
            told.append({"role": "user", "content": content_of(message.content, message.attachments, contents)})
        elif message.status == MessageStatus.COMPLETE and message.content:
            told.append({"role": "assistant", "content": message.content})
    return told


def content_of(text: str, attachments: list[Attachment], contents: Mapping[UUID, bytes]) -> Json:
    """Write a message with what is attached as the model is shown it: a text, or parts of text and pictures."""
    if not attachments:
        return text
    parts: list[Json] = [{"type": "text", "text": text}] if text else []
    return parts + [_part(each, contents.get(each.id)) for each in attachments]


def _part(attachment: Attachment, content: bytes | None) -> JsonObject:
    if content is None:
        return {"type": "text", "text": f"[The file {attachment.name} was attached here; it cannot be shown any more.]"}
    if attachment.type.startswith("image/"):
        return {"type": "image", "media_type": attachment.type, "data": base64.b64encode(content).decode()}
    text = content.decode("utf-8", "replace").replace("\0", "\ufffd")
    cut = "" if len(text) <= _SHOWN_CHARACTERS else f"\n[… cut: {len(text) - _SHOWN_CHARACTERS} more characters]"
    return {"type": "text", "text": f"File {attachment.name}:\n{text[:_SHOWN_CHARACTERS]}{cut}"}
