"""References followed, once: an agent, its model and its tools become one frozen plan. What was started is what runs."""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentNotRunnableError
from retinue.agents.types import AgentDraft, AgentForRun, Release, Runtime
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.plan import ExternalPlan, MemberPlan, TeamPlan, write_plan, write_team_plan
from retinue.engine.ports import AgentPlan, ToolPlan
from retinue.engine.spec.agent import AgentUse
from retinue.engine.spec.team import MAX_DEPTH
from retinue.engine.spec.variables import fill
from retinue.engine.team_prompt import RosterEntry, leader_instructions
from retinue.llm import service as llm
from retinue.runs.execution.repository_children import get_description
from retinue.runs.types import EditedAgent
from retinue.teams import service as teams
from retinue.teams.errors import TeamNotRunnableError
from retinue.teams.types import MemberForRun
from retinue.tools import service as tools
from retinue.tools.types import CallerType, ToolCaller

_MAX_PLANS = 100
_TASK: JsonObject = {
    "type": "object",
    "properties": {
        "task": {
            "type": "string",
            "minLength": 1,
            "description": "What to do, with everything that is needed to do it: the conversation is not passed on.",
        }
    },
    "required": ["task"],
    "additionalProperties": False,
}


class Nesting:
    """The agents and teams on the way to the one that is resolved, and how many plans the run's plan holds by now."""

    def __init__(self) -> None:
        """Begin at the target of the run."""
        self._above: list[UUID] = []
        self._plans = 0

    @contextmanager
    def inside(self, target_id: UUID, name: str) -> Generator[None]:
        """Resolve a target inside those above it. Raises ``AgentNotRunnableError`` for a cycle, and for too many plans."""
        self._plans += 1
        if target_id in self._above:
            message = f"lead from {name} back to itself"
            raise AgentNotRunnableError.of(FieldProblem("config.agents", message, "Remove one of these calls."))
        if self._plans > _MAX_PLANS:
            message = f"lead to more than {_MAX_PLANS} agents and teams in one run"
            raise AgentNotRunnableError.of(FieldProblem("config.agents", message, "Remove some of them."))
        self._above.append(target_id)
        try:
            yield
        finally:
            self._above.pop()

    @property
    def depth(self) -> int:
        """How many agents and teams are above what is resolved now, itself included."""
        return len(self._above)


async def resolve_agent(
    ctx: Context,
    agent_id: UUID,
    draft: EditedAgent | None,
    *,
    is_playground: bool = False,
    nesting: Nesting | None = None,
    release: Release | None = None,
) -> JsonObject:
    """Return the plan of a run of an agent, as it is stored with the run.

    A release or a draft takes the place of what is saved, for this run alone. Plain variables are filled in now; secret ones
    stay names and are looked up when they are used. Raises what the packages raise when the agent is missing, inactive or
    paused, its model is gone, or a tool of it cannot be used; each names the field and the remedy.
    """
    given = None if draft is None else AgentDraft(draft.instructions, draft.config)
    agent = await agents.get_for_run(ctx, agent_id, draft=given, is_playground=is_playground, release=release)
    if agent.runtime is Runtime.EXTERNAL:
        return write_plan(_external(agent))
    choice, parameters = agent.config.model, agent.config.parameters.model_dump(mode="json", exclude_defaults=True)
    callees = await _callees(ctx, agent, nesting or Nesting(), is_playground=is_playground) if agent.config.agents else ()
    caller = ToolCaller(CallerType.AGENT, agent.id)
    own = await tools.plan_tools(ctx, caller, agent.config.tools, agent.config.limits, variables=agent.variables)
    plan = AgentPlan(
        agent_id=str(agent.id),
        agent_version=agent.version,
        name=agent.name,
        instructions=fill(agent.instructions, agent.variables),
        model=await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters),
        tools=(*own, *(as_tool(use, callee) for use, callee in zip(agent.config.agents, callees, strict=True))),
        limits=agent.config.limits.model_dump(mode="json"),
        memory=agent.config.memory.model_dump(mode="json"),
        secret_names=agent.secret_names,
        output_schema=agent.config.output_schema,
    )
    return write_plan(plan, callees)


async def _callees(ctx: Context, agent: AgentForRun, nesting: Nesting, *, is_playground: bool) -> tuple[MemberPlan, ...]:
    """Return the plans of the agents and teams that an agent may call as tools."""
    with nesting.inside(agent.id, agent.name):
        if nesting.depth > MAX_DEPTH:
            message = f"lead to calls more than {MAX_DEPTH} levels deep"
            raise AgentNotRunnableError.of(FieldProblem("config.agents", message, "Remove a level."))
        return tuple([await _callee(ctx, use, nesting, is_playground=is_playground) for use in agent.config.agents])


async def _callee(ctx: Context, use: AgentUse, nesting: Nesting, *, is_playground: bool) -> MemberPlan:
    if use.team_id is not None:
        target_id = use.team_id
        plan = await resolve_team(ctx, target_id, is_playground=is_playground, nesting=nesting)
    elif use.agent_id is not None:
        target_id = use.agent_id
        plan = await resolve_agent(ctx, target_id, None, is_playground=is_playground, nesting=nesting)
    else:
        raise AgentNotRunnableError
    return MemberPlan(
        key=use.name,
        name=str(plan["name"]),
        role="",
        description=use.description or await get_description(ctx, target_id),
        type="agent" if use.team_id is None else "team",
        target_id=str(target_id),
        version=_version_of(plan),
        limits=use.limits.model_dump(mode="json"),
        plan=plan,
    )


def as_tool(use: AgentUse, callee: MemberPlan) -> ToolPlan:
    """Return the tool that a model sees of an agent or a team that it may call."""
    return ToolPlan(
        tool_id=callee.target_id,
        name=use.name,
        description=callee.description or f"Give {callee.name} a task.",
        tool_type=callee.type,
        parameters=_TASK,
        configuration={},
        settings={},
        effect="idempotent",
        requires_approval=use.requires_approval,
        approval={} if use.approval is None else cast("JsonObject", use.approval.model_dump(mode="json")),
        timeout_seconds=1.0,
    )


def _version_of(plan: JsonObject) -> int:
    version = plan.get("team_version", plan.get("agent_version"))
    return version if isinstance(version, int) else 1


async def resolve_team(
    ctx: Context,
    team_id: UUID,
    *,
    is_playground: bool = False,
    depth: int = 1,
    nesting: Nesting | None = None,
    release: Release | None = None,
    draft: JsonObject | None = None,
) -> JsonObject:
    """Return the plan of a run of a team, with the plans of all its members inside, as it is stored with the run.

    A release replaces what is saved of the team and of its members, a draft fields of the team. Raises what the packages
    raise when the team is missing, has no members, is nested too deeply, or a member cannot be run.
    """
    team = await teams.get_for_run(ctx, team_id, release, draft=draft)
    if depth > MAX_DEPTH:
        field = FieldProblem("members", f"are nested more than {MAX_DEPTH} teams deep", "Take a level out.")
        raise TeamNotRunnableError.of(field)
    place = _Place(nesting or Nesting(), depth, is_playground=is_playground)
    with place.nesting.inside(team_id, team.name):
        keys = _keys_of(team.members)
        members = tuple([await _member(ctx, key, each, place) for key, each in zip(keys, team.members, strict=True)])
    config, choice = team.config, team.config.model
    parameters = config.parameters.model_dump(mode="json", exclude_defaults=True)
    roster = [RosterEntry(each.key, each.name, each.role, each.description, each.type == "team") for each in members]
    leader = AgentPlan(
        agent_id=str(team.id),
        agent_version=team.version,
        name=team.name,
        instructions=leader_instructions(team.instructions, team.type, config, roster),
        model=await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters),
        tools=(),
        limits=config.limits.model_dump(mode="json"),
        memory=config.memory.model_dump(mode="json"),
        output_schema=config.output_schema,
    )
    return write_team_plan(leader, team.version, TeamPlan(team.type, config, members))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a member is resolved: inside which agents and teams, how many teams deep, and whether in the playground."""

    nesting: Nesting
    depth: int
    is_playground: bool


async def _member(ctx: Context, key: str, member: MemberForRun, place: _Place) -> MemberPlan:
    is_playground, nesting = place.is_playground, place.nesting
    if member.team_id is not None:
        team_id, depth = member.team_id, place.depth + 1
        plan = await resolve_team(
            ctx, team_id, is_playground=is_playground, depth=depth, nesting=nesting, release=member.release
        )
    elif member.agent_id is not None:
        agent_id, release = member.agent_id, member.release
        plan = await resolve_agent(ctx, agent_id, None, is_playground=is_playground, nesting=nesting, release=release)
    else:
        raise TeamNotRunnableError
    return MemberPlan(
        key=key,
        name=member.name,
        role=member.role,
        description=member.description,
        type="agent" if member.team_id is None else "team",
        target_id=str(member.agent_id or member.team_id),
        version=_version_of(plan),
        limits=member.config.model_dump(mode="json"),
        plan=plan,
    )


def _keys_of(members: Sequence[MemberForRun]) -> list[str]:
    """Return an id for each member that a model writes without mistakes: its name in small letters, made unique."""
    keys: list[str] = []
    for member in members:
        plain = re.sub(r"[^a-z0-9]+", "-", member.name.lower()).strip("-")[:40] or "member"
        key, number = plain, 2
        while key in keys:
            key, number = f"{plain}-{number}", number + 1
        keys.append(key)
    return keys


def _external(agent: AgentForRun) -> ExternalPlan:
    return ExternalPlan(
        agent_id=str(agent.id),
        agent_version=agent.version,
        name=agent.name,
        webhook_url=agent.webhook_url or "",
        limits=agent.config.limits.model_dump(mode="json"),
        output_schema=agent.config.output_schema,
    )
