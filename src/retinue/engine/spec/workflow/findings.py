"""What is wrong, or unwise, in a workflow's document."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from retinue.core.json import Json, JsonObject

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``path`` is a JSON pointer into the document; ``node`` the id of the node it lies in, where there is one.

    ``line`` and ``column`` are counted from 1, within the text that the path names.
    """

    path: str
    code: str
    message: str
    severity: Severity = "error"
    node: str | None = None
    suggestion: str | None = None
    line: int | None = None
    column: int | None = None


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of these parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the sentence that suggests the known name most like this one, if one is like it."""
    found = get_close_matches(name, list(known), n=1)
    return f"Did you mean {found[0]}?" if found else None


def objects(value: Json) -> list[tuple[int, JsonObject]]:
    """Return the objects of a list with their places; anything else has been reported by the schema."""
    return [(index, each) for index, each in enumerate(value) if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Json) -> str:
    """Return a text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def step(value: Json, part: str | int) -> Json:
    """Return what a value holds under a name or at a place; None for nothing."""
    if isinstance(value, dict) and isinstance(part, str):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None
