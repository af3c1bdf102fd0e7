"""References followed, once: an agent, its model and its tools become one frozen plan. What was started is what runs."""

import re
from collections.abc import Sequence
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.types import AgentDraft, AgentForRun, Runtime
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.plan import ExternalPlan, MemberPlan, TeamPlan, write_plan, write_team_plan
from retinue.engine.ports import AgentPlan
from retinue.engine.spec.team import MAX_DEPTH
from retinue.engine.spec.variables import fill
from retinue.engine.team_prompt import RosterEntry, leader_instructions
from retinue.llm import service as llm
from retinue.runs.types import Draft
from retinue.teams import service as teams
from retinue.teams.errors import TeamNotRunnableError
from retinue.teams.types import MemberForRun
from retinue.tools import service as tools


async def resolve_agent(ctx: Context, agent_id: UUID, draft: Draft | None, *, is_playground: bool = False) -> JsonObject:
    """Return the plan of a run of an agent, as it is stored with the run.

    A draft takes the place of what is saved, for this run alone. Plain variables are filled in now; secret ones stay
    names and are looked up when they are used. Raises what the packages raise when the agent is missing,
    inactive or paused, its model
    is gone, or a tool of it cannot be used; each names the field and the remedy.
    """
    given = None if draft is None else AgentDraft(draft.instructions, draft.config)
    agent = await agents.get_for_run(ctx, agent_id, draft=given, is_playground=is_playground)
    if agent.runtime is Runtime.EXTERNAL:
        return write_plan(_external(agent))
    choice, parameters = agent.config.model, agent.config.parameters.model_dump(mode="json", exclude_defaults=True)
    return write_plan(
        AgentPlan(
            agent_id=str(agent.id),
            agent_version=agent.version,
            name=agent.name,
            instructions=fill(agent.instructions, agent.variables),
            model=await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters),
            tools=await tools.plan_tools(ctx, agent.config.tools, agent.config.limits, variables=agent.variables),
            limits=agent.config.limits.model_dump(mode="json"),
            memory=agent.config.memory.model_dump(mode="json"),
            secret_names=agent.secret_names,
            output_schema=agent.config.output_schema,
        )
    )


async def resolve_team(ctx: Context, team_id: UUID, *, is_playground: bool = False, depth: int = 1) -> JsonObject:
    """Return the plan of a run of a team, with the plans of all its members inside, as it is stored with the run.

    Raises what the packages raise when the team is missing, has no members, is nested too deeply, or a member cannot be run.
    """
    team = await teams.get_for_run(ctx, team_id)
    if depth > MAX_DEPTH:
        field = FieldProblem("members", f"are nested more than {MAX_DEPTH} teams deep", "Take a level out.")
        raise TeamNotRunnableError.of(field)
    keys = _keys_of(team.members)
    members = tuple(
        [
            await _member(ctx, key, each, is_playground=is_playground, depth=depth)
            for key, each in zip(keys, team.members, strict=True)
        ]
    )
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


async def _member(ctx: Context, key: str, member: MemberForRun, *, is_playground: bool, depth: int) -> MemberPlan:
    if member.team_id is not None:
        plan = await resolve_team(ctx, member.team_id, is_playground=is_playground, depth=depth + 1)
    elif member.agent_id is not None:
        plan = await resolve_agent(ctx, member.agent_id, None, is_playground=is_playground)
    else:
        raise TeamNotRunnableError
    version = plan.get("team_version", plan.get("agent_version"))
    return MemberPlan(
        key=key,
        name=member.name,
        role=member.role,
        description=member.description,
        type="agent" if member.team_id is None else "team",
        target_id=str(member.agent_id or member.team_id),
        version=version if isinstance(version, int) else 1,
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
