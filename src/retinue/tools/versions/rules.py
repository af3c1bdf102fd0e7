"""What differs between two snapshots."""

from retinue.core.json import Json
from retinue.tools.versions.types import ToolFieldChange


def changes_between(before: Json, after: Json, path: str = "") -> list[ToolFieldChange]:
    """Return each field that differs, by its path; objects are looked into, lists are compared whole."""
    if before == after and type(before) is type(after):
        return []
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [ToolFieldChange(path, before, after)]
    found: list[ToolFieldChange] = []
    for name in sorted(before.keys() | after.keys()):
        below = f"{path}.{name}" if path else name
        if (name in before) != (name in after):
            found.append(ToolFieldChange(below, before.get(name), after.get(name)))
        else:
            found += changes_between(before[name], after[name], below)
    return found
