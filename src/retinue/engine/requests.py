"""What a model call was sent, recorded by reference: a run's records grow with its messages, not with their square.

A step holds the messages that are new since the step whose answer they follow, and that step's id. The answer itself is
that step's output. Instructions, tools, model and parameters are those of the run's plan. See docs/decisions/0008.
"""

import hashlib
from base64 import b64decode
from binascii import Error as NoBase64Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from retinue.core.json import Json, JsonObject
from retinue.engine import prompt
from retinue.engine.plan import PreparedPlan
from retinue.engine.ports import Message, ToolSchema
from retinue.engine.redaction import Redactor
from retinue.engine.spec.variables import fill


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A model step as it was recorded: ``record_input`` wrote its input; the output is null for a failed call."""

    input: Json
    output: Json


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What a model call was sent. ``messages`` begin with the instructions, as the system's message.

    Of pictures, ``messages`` have size and SHA-256 in place of the bytes. ``is_complete`` is false for a step of an older
    version, which recorded less: the first messages are then missing.
    """

    provider_kind: str
    provider_id: str
    model: str
    parameters: JsonObject
    timeout_seconds: float
    tools: tuple[ToolSchema, ...]
    messages: list[Json]
    is_complete: bool


def record_input(messages: list[Message], redactor: Redactor | None) -> JsonObject:
    """Return the input of a model step: {messages, message_count} and {after_step_id} or {earlier_messages}.

    ``messages`` are those since the last answer; ``earlier_messages`` were said before the run. Instructions do not count.
    """
    place = _last_answer(messages)
    new = messages[place + 1 :] if place >= 0 else prompt.unseen(messages)
    document: JsonObject = {"messages": _recorded(new, redactor), "message_count": len(messages)}
    if place >= 0:
        document["after_step_id"] = messages[place].get("step_id")
    elif len(new) < len(messages):
        document["earlier_messages"] = _recorded(messages[: len(messages) - len(new)], redactor)
    return document


def _last_answer(messages: list[Message]) -> int:
    """Return where the last answer of this run is among the messages, or -1."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] == "assistant" and "step_id" in messages[index]:
            return index
    return -1


def _recorded(messages: list[Message], redactor: Redactor | None) -> Json:
    shown: list[Json] = [_without_bytes(message) for message in messages]
    return shown if redactor is None else redactor.document(shown)


def _without_bytes(message: Message) -> JsonObject:
    document = {name: value for name, value in cast("JsonObject", message).items() if name != "step_id"}
    content = document.get("content")
    if isinstance(content, list):
        document["content"] = [_part_without_bytes(part) for part in content]
    return document


def _part_without_bytes(part: Json) -> Json:
    if not isinstance(part, dict) or not isinstance(data := part.get("data"), str):
        return part
    try:
        content = b64decode(data, validate=True)
    except (NoBase64Error, ValueError):
        content = data.encode()
    rest = {name: value for name, value in part.items() if name != "data"}
    return {**rest, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def rebuild(plan: PreparedPlan, calls: Sequence[RecordedCall]) -> SentRequest:
    """Return what the last of some calls was sent; each of the others is the one that the next follows, the first first."""
    agent, messages, count = plan.agent, list[Json](), 0
    for index, call in enumerate(calls):
        recorded = call.input if isinstance(call.input, dict) else {}
        messages += _list_of(recorded, "earlier_messages") + _list_of(recorded, "messages")
        if index < len(calls) - 1:
            messages.append(_answer(call.output))
        count = cast("int", recorded.get("message_count", -1))
    instructions = fill(agent.instructions, agent.variables)
    system: list[Json] = [{"role": "system", "content": instructions}] if instructions else []
    return SentRequest(
        provider_kind=agent.model.kind,
        provider_id=agent.model.provider_id,
        model=agent.model.name,
        parameters=agent.model.parameters,
        timeout_seconds=float(plan.limits.timeout_seconds),
        tools=plan.schemas,
        messages=system + messages,
        is_complete=len(messages) == count,
    )


def _list_of(document: JsonObject, name: str) -> list[Json]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _answer(output: Json) -> JsonObject:
    """Return the message that ``prompt.answer`` made of the answer whose output this is."""
    told = output if isinstance(output, dict) else {}
    message: JsonObject = {"role": "assistant", "content": told.get("text", "")}
    if told.get("tool_calls"):
        message["tool_calls"] = told["tool_calls"]
    return message
