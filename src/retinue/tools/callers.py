"""Which agents, teams and workflows may use a tool: a list on the tool, checked when they are saved and when a run starts.

A team in the list stands for the agents that are its members, those of teams inside it included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json
from retinue.tools import repository_callers as repository
from retinue.tools.errors import ToolInvalidError
from retinue.tools.types import AllowedCaller, CallerType, ToolCaller, ToolUser

_SHOWN = 5


def allowed_of(document: Sequence[Mapping[str, str | None]]) -> tuple[AllowedCaller, ...]:
    """Return the list of a tool as it is shown; a caller without a name is deleted, or its name was not asked for."""
    return tuple(AllowedCaller(CallerType(str(each["type"])), UUID(str(each["id"])), each.get("name")) for each in document)


def stored(allowed: Sequence[AllowedCaller]) -> list[Json]:
    """Return the list of a tool as it is stored and audited."""
    return [{"type": each.type.value, "id": str(each.id)} for each in allowed]


async def check(ctx: Context, wanted: Sequence[AllowedCaller], kept: Sequence[AllowedCaller] = ()) -> None:
    """Demand that all callers of a list exist, but for those that it had before. Raises ``ToolInvalidError``."""
    keys = [(each.type, each.id) for each in wanted]
    new = set(keys) - {(each.type, each.id) for each in kept}
    known = await repository.list_known(ctx, [each[1] for each in new]) if new else set[tuple[str, UUID]]()
    problems: list[FieldProblem] = []
    for index, key in enumerate(keys):
        if key in keys[:index]:
            message = f"names the {key[0].value} a second time"
            problems.append(FieldProblem(f"allowed_for.{index}.id", message, "Name each one once."))
        elif key in new and key not in known:
            message = f"names no {key[0].value} of the organization"
            remedy = f"Choose one of GET /api/v1/{key[0].value}s, or remove the entry."
            problems.append(FieldProblem(f"allowed_for.{index}.id", message, remedy))
    if problems:
        raise ToolInvalidError.of(*problems)


async def refused(
    ctx: Context, caller: ToolCaller, tools: Mapping[str, Sequence[AllowedCaller]]
) -> Mapping[str, tuple[str, str]]:
    """Return the tools, by name, that a caller may not use: what to say of each, and the remedy."""
    limited = {name: allowed for name, allowed in tools.items() if allowed and not _names(allowed, caller)}
    if limited and caller.type is CallerType.AGENT and any(_teams(allowed) for allowed in limited.values()):
        around = (await repository.list_teams_around(ctx, [caller.id])).get(caller.id, set())
        limited = {name: allowed for name, allowed in limited.items() if around.isdisjoint(_teams(allowed))}
    if not limited:
        return dict[str, tuple[str, str]]()
    ids = sorted({each.id for allowed in limited.values() for each in allowed})
    names = await repository.list_names(ctx, ids)
    return {name: _said(name, allowed, names, caller) for name, allowed in limited.items()}


async def mark_users(
    ctx: Context, allowed: Sequence[AllowedCaller], users: Sequence[tuple[ToolUser, Sequence[UUID]]]
) -> list[ToolUser]:
    """Return who uses a tool with whether they may; a team may when one of its agents that have the tool does."""
    if not allowed:
        return [user for user, _ in users]
    agents = sorted({agent for _, ids in users for agent in ids})
    around = await repository.list_teams_around(ctx, agents) if _teams(allowed) else {}
    free = {
        each
        for each in agents
        if _names(allowed, ToolCaller(CallerType.AGENT, each)) or not _teams(allowed).isdisjoint(around.get(each, ()))
    }
    workflows = {each.id for each in allowed if each.type is CallerType.WORKFLOW}
    return [
        replace(user, is_allowed=user.id in workflows if user.type == CallerType.WORKFLOW else not free.isdisjoint(ids))
        for user, ids in users
    ]


def _names(allowed: Sequence[AllowedCaller], caller: ToolCaller) -> bool:
    return any((each.type, each.id) == (caller.type, caller.id) for each in allowed)


def _teams(allowed: Sequence[AllowedCaller]) -> set[UUID]:
    return {each.id for each in allowed if each.type is CallerType.TEAM}


def _said(
    tool: str, allowed: Sequence[AllowedCaller], names: Mapping[tuple[str, UUID], str], caller: ToolCaller
) -> tuple[str, str]:
    shown = [f"the {each.type.value} {names[each.type, each.id]}" for each in allowed if (each.type, each.id) in names]
    more = [] if len(shown) <= _SHOWN else [f"{len(shown) - _SHOWN} more"]
    only = ", ".join([*shown[:_SHOWN], *more]) or "what has been deleted since"
    message = f"names {tool}, which may be used only by {only}"
    what = caller.type.value
    return message, f"Save the {what} without it, add the {what} to allowed_for of the tool {tool}, then add the tool."
