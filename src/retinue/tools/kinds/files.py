"""Files that a model gives to a tool: as text, as base64, or as a file that the run has made."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from retinue.core.json import Json
from retinue.engine.ports import ToolArtifact
from retinue.tools.kinds.argument_error import ArgumentError
from retinue.tools.ports import KindCall

_BYTES: Final = "application/octet-stream"
_FIELDS: Final = ("text", "base64", "artifact")
_NAME_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it is sent."""

    name: str
    content_type: str
    content: bytes


async def file_of(argument: str, value: Json, call: KindCall) -> SentFile:
    """Return the file that an argument means. Raises ``ArgumentError`` that tells the model what to give."""
    if not isinstance(value, dict):
        raise ArgumentError(f"The argument {argument} is a file: give an object with text, base64 or artifact.")
    given = [name for name in _FIELDS if value.get(name) is not None]
    if len(given) != 1:
        raise ArgumentError(f"The file {argument} needs exactly one of text, base64 and artifact.")
    found = await _content(argument, str(value[given[0]]), given[0], call)
    name = value.get("filename") or found.name
    content_type = value.get("content_type") or found.type
    if any(ord(mark) < ord(" ") for mark in f"{name}{content_type}"):
        raise ArgumentError(f"The filename and content_type of {argument} may not hold control characters.")
    return SentFile(str(name)[:_NAME_CHARACTERS], str(content_type), found.content)


async def _content(argument: str, text: str, form: str, call: KindCall) -> ToolArtifact:
    if form == "text":
        return ToolArtifact(f"{argument}.txt", "text/plain; charset=utf-8", text.encode())
    if form == "base64":
        try:
            return ToolArtifact(argument, _BYTES, base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            raise ArgumentError(f"The argument {argument}.base64 is not base64.") from None
    found = await call.files.get(text)
    if found is None:
        raise ArgumentError(f"This run has made no file {text[:_NAME_CHARACTERS]}. Give its name or id, or the content.")
    return found
