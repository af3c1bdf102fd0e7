"""Pure decisions about versions: what differs between two of them, in the terms of who wrote them."""

import uuid
from typing import cast

from retinue.agents.versions.types import ToolChange, ToolChangeKind, VersionDiff
from retinue.core.diff import diff_fields, diff_words
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.variables import names_in

_MODEL = ("model", "parameters")
_LIMITS = ("limits", "memory")


def diff_of(agent_id: uuid.UUID, before: tuple[int, JsonObject], after: tuple[int, JsonObject]) -> VersionDiff:
    """Return what differs between two snapshots, each given with its version."""
    (against, old), (version, new) = before, after
    old_config, new_config = _object(old.get("config")), _object(new.get("config"))
    used_before, used_after = _used(old), _used(new)
    told = {"tools", *_MODEL, *_LIMITS}
    old_rest: JsonObject = {**_without(old, {"config", "instructions"}), "config": _without(old_config, told)}
    new_rest: JsonObject = {**_without(new, {"config", "instructions"}), "config": _without(new_config, told)}
    texts = str(old.get("instructions") or ""), str(new.get("instructions") or "")
    return VersionDiff(
        agent_id=agent_id,
        version=version,
        against=against,
        instructions=[] if texts[0] == texts[1] else diff_words(*texts),
        tools=_tool_changes(old_config, new_config),
        variables_added=sorted(used_after - used_before),
        variables_removed=sorted(used_before - used_after),
        model=diff_fields(_only(old_config, _MODEL), _only(new_config, _MODEL)),
        limits=diff_fields(_only(old_config, _LIMITS), _only(new_config, _LIMITS)),
        other=diff_fields(old_rest, new_rest),
    )


def _used(snapshot: JsonObject) -> frozenset[str]:
    return names_in([snapshot.get("instructions"), _object(snapshot.get("config")).get("tools")])


def _tool_changes(old: JsonObject, new: JsonObject) -> list[ToolChange]:
    before, after = _by_name(old), _by_name(new)
    changes = [ToolChange(name, ToolChangeKind.REMOVED, before[name], None) for name in before if name not in after]
    for name, use in after.items():
        if name not in before:
            changes.append(ToolChange(name, ToolChangeKind.ADDED, None, use))
        elif before[name] != use:
            changes.append(ToolChange(name, ToolChangeKind.CHANGED, before[name], use))
    return changes


def _by_name(config: JsonObject) -> dict[str, JsonObject]:
    uses = config.get("tools")
    return {str(use["name"]): use for use in uses if isinstance(use, dict)} if isinstance(uses, list) else {}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else cast("JsonObject", {})


def _only(document: JsonObject, names: tuple[str, ...]) -> JsonObject:
    return {name: document[name] for name in names if name in document}


def _without(document: JsonObject, names: set[str]) -> JsonObject:
    return {name: value for name, value in document.items() if name not in names}
