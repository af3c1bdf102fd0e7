"""Frames of the wire protocol: Phoenix channels, versions 1 and 2, and the binary broadcasts of version 2. Pure.

Sources: ``src/lib/serializer.ts`` of realtime-js, ``lib/realtime_web/socket/v2_serializer.ex`` of supabase/realtime. Version
2 is ``[join_ref, ref, topic, event, payload]``; version 1 an object of these names.
"""

from dataclasses import dataclass
from typing import Any, cast

import orjson

from retinue.core.json import Json, JsonObject
from retinue.realtime.errors import FrameInvalidError

Refs = tuple[str | None, str | None]
VERSIONS = {"1.0.0": 1, "2.0.0": 2}
_PUSH, _BROADCAST = 3, 4
_JSON, _HEAD_PUSH, _HEAD_BROADCAST = 1, 7, 5
_PARTS = 5
_SHORT = 255
_LONGEST_TOPIC = 400


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a client. ``binary`` is set for a broadcast whose payload is no JSON."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: JsonObject
    binary: bytes | None = None


def parse_text(text: str, version: int) -> Frame:
    """Read a text frame. Raises ``FrameInvalidError``."""
    try:
        document: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FrameInvalidError("The message is not JSON.") from None
    parts: list[Any] = []
    if version == 1 and isinstance(document, dict):
        named = cast("dict[str, Any]", document)
        parts = [named.get(name) for name in ("join_ref", "ref", "topic", "event", "payload")]
    elif version != 1 and isinstance(document, list):
        parts = cast("list[Any]", document)
    if len(parts) != _PARTS:
        raise FrameInvalidError("The message is not a frame of this version of the protocol.")
    join_ref, ref, topic, event, payload = parts
    if not isinstance(topic, str) or not isinstance(event, str) or not isinstance(payload, dict | None):
        raise FrameInvalidError("Topic and event must be strings and the payload an object.")
    if len(topic) > _LONGEST_TOPIC or len(event) > _LONGEST_TOPIC or "\0" in topic:
        raise FrameInvalidError(f"Topic and event have at most {_LONGEST_TOPIC} characters.")
    content = cast("JsonObject", payload or {})
    return Frame(_reference(join_ref), _reference(ref), topic, event, content)


def _reference(value: object) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= _SHORT):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise FrameInvalidError("A reference must be a string.")


def parse_binary(data: bytes) -> Frame:
    """Read a binary frame, a client's broadcast. Raises ``FrameInvalidError``."""
    if len(data) < _HEAD_PUSH or data[0] != _PUSH:
        raise FrameInvalidError("The binary message is not a broadcast.")
    lengths, encoding = data[1:6], data[6]
    if len(data) < _HEAD_PUSH + sum(lengths):
        raise FrameInvalidError("The binary message is shorter than it says.")
    at, texts = _HEAD_PUSH, list[str]()
    for length in lengths:
        try:
            texts.append(data[at : at + length].decode())
        except UnicodeDecodeError:
            raise FrameInvalidError("The binary message has a name that is not UTF-8.") from None
        at += length
    join_ref, ref, topic, event, _metadata = texts
    body = data[at:]
    content: JsonObject = {"type": "broadcast", "event": event}
    if encoding != _JSON:
        return Frame(join_ref or None, ref or None, topic, "broadcast", content, binary=body)
    try:
        content["payload"] = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FrameInvalidError("The payload of the broadcast is not JSON.") from None
    return Frame(join_ref or None, ref or None, topic, "broadcast", content)


def measure(document: Json) -> int:
    """Return the bytes of what is to be sent on. Raises ``FrameInvalidError`` when it is nested too deeply for that."""
    try:
        return len(orjson.dumps([[[[[[[[document]]]]]]]]))  # with room for what frames and processes put around it
    except TypeError:
        raise FrameInvalidError("The message is nested too deeply.") from None


def encode(version: int, refs: Refs, topic: str, event: str, payload: Json) -> str:
    """Write a text frame; ``refs``: of the channel's join, and of the message that is answered.

    Raises ``FrameInvalidError`` for a payload that is nested too deeply.
    """
    join_ref, ref = refs
    document: Json = [join_ref, ref, topic, event, payload]
    if version == 1:
        document = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        raise FrameInvalidError("The message is nested too deeply.") from None


def splice(version: int, topic: str, ids: list[int], data: str) -> str:
    """Write the frame of a change whose ``data`` is encoded already: many subscribers share it."""
    payload = f'{{"ids":{orjson.dumps(ids).decode()},"data":{data}}}'
    name = orjson.dumps(topic).decode()
    if version == 1:
        return f'{{"topic":{name},"event":"postgres_changes","payload":{payload},"ref":null}}'
    return f'[null,null,{name},"postgres_changes",{payload}]'


def encode_binary(version: int, topic: str, event: str, body: bytes) -> bytes | None:
    """Write a broadcast whose payload is no JSON; None where there is no form for it: in version 1, or for long names."""
    topic_bytes, event_bytes = topic.encode(), event.encode()
    if version == 1 or len(topic_bytes) > _SHORT or len(event_bytes) > _SHORT:
        return None
    return bytes((_BROADCAST, len(topic_bytes), len(event_bytes), 0, 0)) + topic_bytes + event_bytes + body
