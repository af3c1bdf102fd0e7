"""What differs between a resource before and after: field by field, down to the values. Pure."""

from collections.abc import Sequence
from typing import cast

from retinue.core.json import Json, JsonObject
from retinue.manifests.types import FieldChange


def difference(before: JsonObject, after: JsonObject) -> tuple[FieldChange, ...]:
    """Return the fields that differ, in the order of the file's format."""
    return tuple(_differences(before, after, ""))


def _differences(before: Json, after: Json, path: str) -> list[FieldChange]:
    if _is_same(before, after):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = dict.fromkeys([*after, *before])
        return [
            each
            for name in names
            for each in _differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(before, list) and isinstance(after, list) and _are_named(before) and _are_named(after):
        return _of_named(cast("list[JsonObject]", before), cast("list[JsonObject]", after), path)
    return [FieldChange(path, before, after)]


def _of_named(before: list[JsonObject], after: list[JsonObject], path: str) -> list[FieldChange]:
    """Compare lists whose items have names, so that an item that was put in between changes none of the others."""
    was = {str(each["name"]): each for each in before}
    now = {str(each["name"]): each for each in after}
    found = [
        each for name in dict.fromkeys([*now, *was]) for each in _differences(was.get(name), now.get(name), f"{path}.{name}")
    ]
    if found:
        return found
    return [FieldChange(path, cast("Json", list(was)), cast("Json", list(now)))]  # only their order differs


def _is_same(before: Json, after: Json) -> bool:
    """Compare as JSON does: true is not 1."""
    if type(before) is not type(after) and not (_is_number(before) and _is_number(after)):
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_is_same(before[name], after[name]) for name in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_is_same, before, after))
    return before == after


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_named(items: Sequence[Json]) -> bool:
    names = [each.get("name") if isinstance(each, dict) else None for each in items]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
