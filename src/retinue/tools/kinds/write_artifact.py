"""The built-in tool ``write_artifact``: a text becomes a file among the run's artifacts."""

import mimetypes
import re
from typing import cast

from retinue.engine.ports import ToolArtifact, ToolResult
from retinue.tools.ports import KindCall

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_TYPES = mimetypes.MimeTypes()
_NAMED = {".md": "text/markdown", ".csv": "text/csv", ".json": "application/json", ".yaml": "application/yaml"}


def _media_type(name: str) -> str:
    dot = name.rfind(".")
    ending = name[dot:].lower() if dot > 0 else ""
    return _NAMED.get(ending) or _TYPES.guess_type(name)[0] or "text/plain"


async def invoke(call: KindCall) -> ToolResult:
    """Hand the text over as an artifact; a name that is no file name is told to the model."""
    name = cast("str", call.arguments["name"]).strip()
    content = cast("str", call.arguments["content"]).encode("utf-8", errors="replace")
    if not name or name in {".", ".."} or _UNSAFE.search(name):
        return ToolResult("The name must be a plain file name without folders, such as report.md.", is_error=True)
    media_type = cast("str", call.arguments.get("media_type") or "").strip().lower() or _media_type(name)
    if not _MEDIA_TYPE.fullmatch(media_type):
        return ToolResult(f"{media_type!r} is not a media type such as text/markdown.", is_error=True)
    artifact = ToolArtifact(name, media_type, content)
    return ToolResult(f"Saved {name} ({media_type}, {len(content)} bytes).", artifacts=(artifact,))
