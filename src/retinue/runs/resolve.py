"""References followed, once: an agent, its model and its tools become one frozen plan. What was started is what runs."""

from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.types import AgentDraft, AgentForRun, Runtime
from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.engine.plan import ExternalPlan, write_plan
from retinue.engine.ports import AgentPlan
from retinue.engine.spec.variables import fill
from retinue.llm import service as llm
from retinue.runs.types import Draft
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


def _external(agent: AgentForRun) -> ExternalPlan:
    return ExternalPlan(
        agent_id=str(agent.id),
        agent_version=agent.version,
        name=agent.name,
        webhook_url=agent.webhook_url or "",
        limits=agent.config.limits.model_dump(mode="json"),
        output_schema=agent.config.output_schema,
    )
