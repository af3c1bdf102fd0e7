"""Results that a workflow's run takes instead of executing nodes, and whether it leaves out outside effects. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from retinue.core.json import Json, JsonObject

SIMULATED: Final = "simulated"
PINNED: Final = "pinned"
CACHED: Final = "cached"
EXECUTED: Final = "executed"
FORMAT: Final = 2
"""Of plans that a worker of an earlier version must not carry out, since it would execute what they leave out."""
_CALLEES: Final = frozenset({"agent", "team"})
_ELSEWHERE: Final = frozenset({"external", "n8n"})
"""Runtimes of plans that another system carries out, which may do anything."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How a run of a workflow differs from what its definition says.

    ``pins`` are results by the paths of nodes, for every execution of them. ``recorded`` are those of another run, by place
    (see ``place_of``): ``{"result": …}``, or ``{"error": message}`` where the node failed. Nodes of ``before`` are never
    executed: without a record the run fails. ``start`` is the place of the node that is given ``given`` instead of what the
    definition gives it. ``is_dry``: calls with outside effects are not made.
    """

    pins: Mapping[str, Json] = field(default_factory=dict[str, Json])
    recorded: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    before: frozenset[str] = frozenset()
    start: str | None = None
    given: JsonObject | None = None
    is_dry: bool = False

    def document(self) -> JsonObject:
        """Return it as a plan holds it."""
        return {
            "pins": dict(self.pins),
            "recorded": cast("JsonObject", dict(self.recorded)),
            "before": cast("list[Json]", sorted(self.before)),
            "start": self.start,
            "given": self.given,
            "is_dry": self.is_dry,
        }


NO_REPLAY: Final = Replay()


def replay_of(document: Json) -> Replay:
    """Read what ``Replay.document`` wrote; nothing where there is none."""
    if not isinstance(document, dict):
        return NO_REPLAY
    fields = cast("dict[str, Any]", document)
    return Replay(
        fields["pins"], fields["recorded"], frozenset(fields["before"]), fields["start"], fields["given"], fields["is_dry"]
    )


def place_of(path: str, frames: str, visit: int) -> str:
    """Name one execution of a node: its path, the visits and items of the maps and loops around it, and its visit."""
    return f"{path}@{frames}#{visit}"


def inside(frames: str, visit: int, index: int) -> str:
    """Name the item or the round of a map or a loop, within those around it."""
    return f"{frames}/{visit}.{index}" if frames else f"{visit}.{index}"


def without_effects(plan: JsonObject) -> JsonObject:
    """Return a stored plan whose runs, and those they start, make no call with outside effects and ask nobody about one."""
    made = _marked(plan)
    if plan.get("kind") == "workflow":
        made["replay"] = {**replay_of(plan.get("replay")).document(), "is_dry": True}
    return made


def _marked(plan: JsonObject) -> JsonObject:
    made: JsonObject = {**plan, "format": FORMAT, "dry_run": True}
    for name in ("members", "callees"):
        inner = plan.get(name)
        if isinstance(inner, list):
            made[name] = [
                {**each, "plan": without_effects(cast("JsonObject", each["plan"]))} if isinstance(each, dict) else each
                for each in inner
            ]
    leader = plan.get("leader")
    if isinstance(leader, dict):
        made["leader"] = _unasked(leader)
    return _unasked(made)


def _unasked(plan: JsonObject) -> JsonObject:
    tools = plan.get("tools")
    if not isinstance(tools, list):
        return plan
    return {**plan, "tools": [_unasked_tool(each) for each in tools]}


def _unasked_tool(tool: Json) -> Json:
    if isinstance(tool, dict) and has_effects(tool):
        return {**tool, "requires_approval": False}
    return tool


def has_effects(tool: Mapping[str, Json]) -> bool:
    """Say whether a tool of a plan may change something outside; agents and teams called as tools are judged by theirs."""
    return tool.get("tool_type") not in _CALLEES and tool.get("effect") != "read_only"


def tools_with_effects(plan: JsonObject) -> Iterator[str]:
    """Give the names of all tools with outside effects in a plan and the plans inside it; of what is elsewhere, its own."""
    if plan.get("runtime") in _ELSEWHERE:
        yield str(plan.get("name"))
    leader, own = plan.get("leader"), plan.get("tools")
    lists = [own, leader.get("tools") if isinstance(leader, dict) else None]
    for tools in lists:
        each_of = tools.values() if isinstance(tools, dict) else tools if isinstance(tools, list) else ()
        yield from (str(each.get("name")) for each in each_of if isinstance(each, dict) and has_effects(each))
    for member in _members(plan):
        yield from tools_with_effects(cast("JsonObject", member["plan"]))


def tools_called_unasked(plan: JsonObject) -> Iterator[str]:
    """Give the names of tools in a plan, and in those inside it, that must not be called twice and are called unasked."""
    leader, own = plan.get("leader"), plan.get("tools")
    for tools in (own, leader.get("tools") if isinstance(leader, dict) else None):
        each_of = tools.values() if isinstance(tools, dict) else tools if isinstance(tools, list) else ()
        for each in (each for each in each_of if isinstance(each, dict) and each.get("tool_type") not in _CALLEES):
            if each.get("effect") == "dangerous" and each.get("requires_approval") is not True:
                yield str(each.get("name"))
    for member in _members(plan):
        yield from tools_called_unasked(cast("JsonObject", member["plan"]))


def external_names(plan: JsonObject) -> Iterator[str]:
    """Give the names of agents that live elsewhere and of workflows of n8n, in a plan and the plans inside it."""
    if plan.get("runtime") in _ELSEWHERE:
        yield str(plan.get("name"))
    for member in _members(plan):
        yield from external_names(cast("JsonObject", member["plan"]))


def _members(plan: JsonObject) -> Iterator[JsonObject]:
    for name in ("members", "callees"):
        inner = plan.get(name)
        yield from (each for each in (inner if isinstance(inner, list) else ()) if isinstance(each, dict))
