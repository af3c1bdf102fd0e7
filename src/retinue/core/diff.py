"""What differs between two texts, word by word, and between two documents, field by field. Pure.

Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), over words and the space between them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from retinue.core.json import Json, JsonObject

_TOKEN = re.compile(r"\n|[^\S\n]+|\S+")
_MOST_STEPS = 200_000
"""Steps of the search at most; two texts beyond it are shown as one removed and another added."""


class DiffKind(StrEnum):
    """Which of two texts has a part."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A part of a text."""

    kind: DiffKind
    text: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field that differs, by its path in the document; None: it is not set."""

    field: str
    before: Json
    after: Json


def diff_fields(before: JsonObject, after: JsonObject) -> list[FieldDiff]:
    """Return the fields of two documents that differ, nested ones by their paths; lists are compared whole."""
    was, now = dict(_leaves(before, "")), dict(_leaves(after, ""))
    names = [*was, *(name for name in now if name not in was)]
    return [FieldDiff(name, was.get(name), now.get(name)) for name in names if was.get(name) != now.get(name)]


def difference(before: JsonObject, after: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return the fields that are new in a document or differ, as they were and as they are; nested ones as a whole."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Give the fields of nested objects by their paths; a list and an empty object are values."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else name)
    elif path:
        yield path, value


def diff_words(before: str, after: str) -> list[DiffPart]:
    """Return the parts of two texts in order: those that both have, and those that only one has."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    same, rest = old[:start], old[len(old) - end :]
    middle = _diff(old[start : len(old) - end], new[start : len(new) - end])
    parts = [(DiffKind.SAME, token) for token in same] + middle + [(DiffKind.SAME, token) for token in rest]
    return [DiffPart(kind, "".join(token for _, token in group)) for kind, group in groupby(parts, key=lambda part: part[0])]


def _diff(old: list[str], new: list[str]) -> list[tuple[DiffKind, str]]:
    trace = _search(old, new)
    if trace is None:
        return [(DiffKind.REMOVED, token) for token in old] + [(DiffKind.ADDED, token) for token in new]
    return _walk_back(trace, old, new)


def _search(old: list[str], new: list[str]) -> list[dict[int, int]] | None:
    """Return the farthest reach on each diagonal before each number of edits; None when there are too many."""
    reach, trace, steps = {1: 0}, list[dict[int, int]](), 0
    for edits in range(len(old) + len(new) + 1):
        trace.append(dict(reach))
        steps += len(reach)
        for diagonal in range(-edits, edits + 1, 2):
            is_down = _is_down(reach, diagonal, edits)
            x = reach.get(diagonal + 1, -1) if is_down else reach.get(diagonal - 1, -1) + 1
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x, steps = x + 1, steps + 1
            reach[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return trace
        if steps > _MOST_STEPS:
            return None
    return trace


def _is_down(reach: dict[int, int], diagonal: int, edits: int) -> bool:
    if diagonal == -edits:
        return True
    return diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)


def _walk_back(trace: list[dict[int, int]], old: list[str], new: list[str]) -> list[tuple[DiffKind, str]]:
    parts: list[tuple[DiffKind, str]] = []
    x, y = len(old), len(new)
    for edits in range(len(trace) - 1, 0, -1):
        is_down = _is_down(trace[edits], x - y, edits)
        diagonal = x - y + 1 if is_down else x - y - 1
        from_x = trace[edits][diagonal]
        from_y = from_x - diagonal
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            parts.append((DiffKind.SAME, old[x]))
        parts.append((DiffKind.ADDED, new[from_y]) if is_down else (DiffKind.REMOVED, old[from_x]))
        x, y = from_x, from_y
    parts += [(DiffKind.SAME, token) for token in reversed(old[:x])]
    return parts[::-1]
