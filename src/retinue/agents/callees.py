"""Agents and teams that an agent calls as tools: they exist when the agent is saved, and stay while it calls them."""

from uuid import UUID

from retinue.agents import repository, repository_callees
from retinue.agents.errors import AgentInUseError, AgentInvalidError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.engine.spec.agent import AgentConfig

_CALLED_REMEDY = "Remove it from the agents and teams of these agents first."


async def check(ctx: Context, agent_id: UUID, config: AgentConfig) -> None:
    """Demand that all agents and teams that an agent calls exist. Raises ``AgentInvalidError`` that names each field."""
    uses = config.agents
    if not uses:
        return
    agent_ids = [each.agent_id for each in uses if each.agent_id is not None]
    team_ids = [each.team_id for each in uses if each.team_id is not None]
    known = await repository_callees.list_known(ctx, agent_ids, team_ids)
    problems = [
        FieldProblem(
            f"config.agents.{index}.{'agent_id' if each.team_id is None else 'team_id'}",
            "names the agent itself" if each.agent_id == agent_id else "names nothing that exists",
            "Choose another agent or team, or remove the entry.",
        )
        for index, each in enumerate(uses)
        if each.agent_id == agent_id or (each.agent_id or each.team_id) not in known
    ]
    if problems:
        raise AgentInvalidError.of(*problems)


async def refuse_used(ctx: Context, agent_id: UUID) -> None:
    """Demand that an agent is in no team and called by no other. Raises ``AgentInUseError``."""
    teams = await repository.list_teams_of(ctx, agent_id)
    if teams:
        raise AgentInUseError(f"The agent is a member of: {', '.join(teams)}.")
    await refuse_called(ctx, agent_id)


async def refuse_called(ctx: Context, agent_id: UUID) -> None:
    """Demand that no other agent calls an agent. Raises ``AgentInUseError`` that names those that do."""
    callers = await repository_callees.list_callers(ctx, agent_id)
    if callers:
        raise AgentInUseError(f"The agent is called as a tool by: {', '.join(callers)}.", remedy=_CALLED_REMEDY)
