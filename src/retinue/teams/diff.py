"""What differs between two versions of a team, in the terms of who wrote them. Pure."""

import uuid
from collections.abc import Mapping
from typing import cast

from retinue.core.diff import diff_fields, diff_words
from retinue.core.json import Json, JsonObject
from retinue.teams.types import MemberChange, MemberChangeKind, TeamVersionDiff

_MODEL = ("model", "parameters")
_LIMITS = ("limits", "memory", "max_parallel", "max_rounds", "max_delegations")


def diff_of(
    team_id: uuid.UUID, before: tuple[int, JsonObject], after: tuple[int, JsonObject], names: Mapping[str, str]
) -> TeamVersionDiff:
    """Return what differs between two snapshots, each given with its version. ``names``: of the members, by id."""
    (against, old), (version, new) = before, after
    old_config, new_config = _object(old.get("config")), _object(new.get("config"))
    told = {*_MODEL, *_LIMITS}
    apart = {"config", "instructions", "members"}
    old_rest: JsonObject = {**_without(old, apart), "config": _without(old_config, told)}
    new_rest: JsonObject = {**_without(new, apart), "config": _without(new_config, told)}
    texts = str(old.get("instructions") or ""), str(new.get("instructions") or "")
    return TeamVersionDiff(
        team_id=team_id,
        version=version,
        against=against,
        instructions=[] if texts[0] == texts[1] else diff_words(*texts),
        members=_member_changes(members_of(old), members_of(new), names),
        model=diff_fields(_only(old_config, _MODEL), _only(new_config, _MODEL)),
        limits=diff_fields(_only(old_config, _LIMITS), _only(new_config, _LIMITS)),
        other=diff_fields(old_rest, new_rest),
    )


def members_of(snapshot: JsonObject) -> dict[str, JsonObject]:
    """Return the members of a snapshot in their order, by the id of the agent or team."""
    members = snapshot.get("members")
    found = [each for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    return {str(each.get("agent_id") or each.get("team_id")): each for each in found}


def _member_changes(
    before: dict[str, JsonObject], after: dict[str, JsonObject], names: Mapping[str, str]
) -> list[MemberChange]:
    changes = [_change(names, key, MemberChangeKind.REMOVED, before[key], None) for key in before if key not in after]
    kept_before = [key for key in before if key in after]
    kept_after = [key for key in after if key in before]
    for key, member in after.items():
        if key not in before:
            changes.append(_change(names, key, MemberChangeKind.ADDED, None, member))
        elif before[key] != member:
            changes.append(_change(names, key, MemberChangeKind.CHANGED, before[key], member))
        elif kept_before.index(key) != kept_after.index(key):
            changes.append(_change(names, key, MemberChangeKind.MOVED, before[key], member))
    return changes


def _change(
    names: Mapping[str, str], key: str, kind: MemberChangeKind, before: JsonObject | None, after: JsonObject | None
) -> MemberChange:
    is_agent = (after or before or {}).get("agent_id") is not None
    target_id = uuid.UUID(key)
    agent_id, team_id = (target_id, None) if is_agent else (None, target_id)
    return MemberChange(agent_id, team_id, names.get(key, ""), kind, before, after)


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else cast("JsonObject", {})


def _only(document: JsonObject, names: tuple[str, ...]) -> JsonObject:
    return {name: document[name] for name in names if name in document}


def _without(document: JsonObject, names: set[str]) -> JsonObject:
    return {name: value for name, value in document.items() if name not in names}
