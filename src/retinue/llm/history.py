"""The history that a model is sent, made acceptable to strict servers; the stored history stays as it was.

Strict servers refuse roles that do not alternate, a history that does not begin with a user's message, blank texts, tool
calls without a result and results without a call, ids used twice or of other characters, and invalid tool names.
"""

import re
from dataclasses import replace
from typing import cast

from retinue.core.json import Json, JsonObject
from retinue.engine.ports import CallRecord, Message, ModelRequest
from retinue.llm.lenient import clean, clean_document

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What every provider takes as an id: Anthropic's characters, OpenAI's length."""
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 64
_NO_RESULT = "No result: the call was not completed."
_NO_OUTPUT = "(no output)"
_NO_TEXT = "(no text)"


def with_safe_history(request: ModelRequest) -> ModelRequest:
    """Return a request whose messages a strict server accepts."""
    return replace(request, messages=safe_history(request.messages))


def safe_history(messages: list[Message]) -> list[Message]:
    """Return messages that begin with a user's (after the system's) and alternate, each call with its result."""
    system = [text for text in (_text_of(each["content"]) for each in messages if each["role"] == "system") if text.strip()]
    told = _paired([_cleaned(each) for each in messages if each["role"] != "system"])
    while told and told[0]["role"] != "user":
        told.pop(0)
    told = _alternating(told) or [{"role": "user", "content": _NO_TEXT}]
    return [{"role": "system", "content": "\n\n".join(system)}, *told] if system else told


def safe_name(name: str) -> str:
    """Return a tool's name as every provider accepts it: letters, digits, ``_`` and ``-``, up to 64."""
    return _NOT_IN_NAME.sub("_", clean(name))[:_LONGEST_NAME] or "_"


def _cleaned(message: Message) -> Message:
    """Return a message without blank texts, and with names and texts that may be sent."""
    cleaned: Message = {"role": message["role"], "content": _content(message["content"])}
    calls = message.get("tool_calls")
    if calls:
        cleaned["tool_calls"] = [_call(each) for each in calls]
    if message["role"] == "tool":
        cleaned["content"] = _text_of(cleaned["content"]) or _NO_OUTPUT
        cleaned["tool_call_id"] = message.get("tool_call_id", "")
        cleaned["name"] = safe_name(message.get("name", ""))
    return cleaned


def _call(call: CallRecord) -> CallRecord:
    arguments = cast("JsonObject", clean_document(call["arguments"]))
    return {**call, "name": safe_name(call["name"]), "arguments": arguments}


def _content(content: Json) -> Json:
    if not isinstance(content, list):
        text = clean(str(content or ""))
        return text if text.strip() else ""
    parts = [cast("JsonObject", clean_document(part)) for part in content if isinstance(part, dict)]
    kept = [part for part in parts if part.get("type") == "image" or str(part.get("text") or "").strip()]
    return cast("Json", kept) if kept else ""


def _text_of(content: Json) -> str:
    if not isinstance(content, list):
        return clean(str(content or ""))
    return "\n\n".join(clean(str(part.get("text") or "")) for part in content if isinstance(part, dict))


def _paired(messages: list[Message]) -> list[Message]:
    """Give each call an id of its own, and exactly one result right behind the message that asks for it."""
    paired: list[Message] = []
    taken: set[str] = set()
    results: list[Message] = []
    for message in reversed(messages):
        if message["role"] == "tool":
            results.append(message)
            continue
        calls, waiting = message.get("tool_calls", []), results[::-1]
        results = []
        answers = [_answer_of(call, waiting) for call in calls]
        paired += [_as_user(each) for each in reversed(waiting)]
        paired += reversed(answers)
        paired.append(message)
    paired += [_as_user(each) for each in results]
    return _with_ids(paired[::-1], taken)


def _answer_of(call: CallRecord, waiting: list[Message]) -> Message:
    for place, message in enumerate(waiting):
        if message.get("tool_call_id") == call["id"]:
            return {**waiting.pop(place), "name": call["name"]}
    return {"role": "tool", "content": _NO_RESULT, "tool_call_id": call["id"], "name": call["name"]}


def _as_user(message: Message) -> Message:
    """Tell a result whose call is not in the history as a text."""
    return {"role": "user", "content": f"Result of {message.get('name', 'a tool')}: {message['content']}"}


def _with_ids(messages: list[Message], taken: set[str]) -> list[Message]:
    waiting: list[str] = []
    told: list[Message] = []
    for message in messages:
        calls = message.get("tool_calls")
        if calls:
            waiting = [_id(call["id"], taken) for call in calls]
            named: list[CallRecord] = [{**call, "id": new} for call, new in zip(calls, waiting, strict=True)]
            told.append({**message, "tool_calls": named})
        elif message["role"] == "tool":
            told.append({**message, "tool_call_id": waiting.pop(0)})
        else:
            told.append(message)
    return told


def _id(call_id: str, taken: set[str]) -> str:
    number = len(taken)
    while not _ID.fullmatch(call_id) or call_id in taken:
        call_id, number = f"call{number:05d}", number + 1  # nine letters and digits: Mistral takes no other ids
    taken.add(call_id)
    return call_id


def _alternating(messages: list[Message]) -> list[Message]:
    told: list[Message] = []
    for message in messages:
        if not message["content"] and not message.get("tool_calls"):
            continue
        last = told[-1] if told else None
        if last is None or last["role"] != message["role"] or message["role"] == "tool" or last.get("tool_calls"):
            told.append(message)
        else:
            told[-1] = _merged(last, message)
    return told


def _merged(first: Message, second: Message) -> Message:
    merged: Message = {**second, "content": _joined(first["content"], second["content"])}
    return merged


def _joined(first: Json, second: Json) -> Json:
    if isinstance(first, list) or isinstance(second, list):
        return [*_parts(first), *_parts(second)]
    return "\n\n".join(str(each) for each in (first, second) if each)


def _parts(content: Json) -> list[Json]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []
