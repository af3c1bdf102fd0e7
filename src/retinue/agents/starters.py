"""The agents every new organization begins with, so that no page is empty: they work at once, without a key."""

from dataclasses import dataclass
from uuid import UUID

from retinue.agents import repository, rules
from retinue.agents.repository import Origin
from retinue.agents.types import AgentType, Category, Definition, Runtime, Status
from retinue.agents.versions import service as versions
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig, ModelChoice, ToolUse
from retinue.llm.types import SCRIPTED_ID, SCRIPTED_MODEL
from retinue.tools import service as tools

_DEMO = ModelChoice(provider_id=UUID(str(SCRIPTED_ID)), name=SCRIPTED_MODEL)
_DEMO_NOTE = "Demonstration: a scripted model that needs no key calls the tools; choose a real model for real work."


@dataclass(frozen=True, slots=True)
class _Starter:
    name: str
    description: str
    icon: str
    category: Category
    instructions: str
    config: AgentConfig


_STARTERS = (
    _Starter(
        "Assistant",
        "Answers questions in a chat, with your default model; without one, with the small local model.",
        "message-circle",
        Category.SUPPORT,
        "You are a helpful assistant. Answer briefly and plainly. If you do not know something, state that.",
        AgentConfig(),
    ),
    _Starter(
        "Calculator desk",
        f"Calculates exactly and tells the time anywhere. {_DEMO_NOTE}",
        "calculator",
        Category.ENGINEERING,
        "You answer questions about numbers and times. Use the calculator for every calculation and current_time for every "
        "question about the date or the time; never calculate yourself. Give the result first, then how it came about.",
        AgentConfig(model=_DEMO, tools=[ToolUse(name="calculator"), ToolUse(name="current_time")]),
    ),
    _Starter(
        "Note keeper",
        f"Writes what you tell it into a file that you can open and download. {_DEMO_NOTE}",
        "notebook-pen",
        Category.MARKETING,
        "You write notes. Put what the person tells you into a well-ordered Markdown document, save it with write_artifact "
        "under a fitting name that ends in .md, and say in one sentence what you saved.",
        AgentConfig(model=_DEMO, tools=[ToolUse(name="write_artifact")]),
    ),
)


async def create_starter_agents(ctx: Context) -> None:
    """Make the starter agents of a new organization, active. Called in the transaction that makes it."""
    for starter in reversed(_STARTERS):  # the list shows the newest first
        agent_id = new_id()
        definition = Definition(
            name=starter.name,
            description=starter.description,
            icon=starter.icon,
            category=starter.category,
            agent_type=AgentType.ASSISTIVE,
            runtime=Runtime.HOSTED,
            instructions=starter.instructions,
            config=starter.config,
            deployment_config=DeploymentConfig(),
            webhook_url=None,
        )
        await repository.insert(ctx, agent_id, definition, Origin(None, is_custom=False), Status.ACTIVE)
        await tools.bind_agent(ctx, agent_id, starter.config.tools)
        await versions.keep(ctx, agent_id, 1, rules.write_snapshot(definition), note="Starter agent")
        await audit.record(ctx, "agent.created", ("agent", agent_id), after=rules.shown(definition))
