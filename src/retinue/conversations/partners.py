"""Whom a conversation is with: what is asked of an agent, a team and a workflow, and what a run of each is given."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from retinue.agents import service as agents
from retinue.conversations.errors import ConversationWithoutAgentError, PartnerInvalidError
from retinue.conversations.types import Conversation, Partner
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import Memory
from retinue.engine.spec.input import AGENT_PROMPT, PromptInput
from retinue.runs.types import RunType
from retinue.teams import service as teams
from retinue.workflows import service as workflows

_MESSAGES: Final = "messages"


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a partner is told something: where in its run's input, how many messages of before, and whether files too."""

    target_id: UUID
    type: RunType
    prompt: PromptInput
    history_messages: int
    takes_files: bool = True

    def input_of(self, said: Json, earlier: list[JsonObject]) -> JsonObject:
        """Return the input of the run that answers."""
        given: JsonObject = {self.prompt.field: said}
        if earlier and self.history_messages:
            given[_MESSAGES] = [*earlier] if self.type is not RunType.WORKFLOW else [*earlier[-self.history_messages :]]
        return given


async def check(ctx: Context, partner: Partner) -> None:
    """Demand one partner that can be talked with.

    Raises ``PartnerInvalidError``, the agents' ``AgentMissingError`` and ``AgentInactiveError``, the teams'
    ``TeamMissingError``, and what ``workflows.service.get_prompt`` raises.
    """
    if sum(each is not None for each in (partner.agent_id, partner.team_id, partner.workflow_id)) != 1:
        message = "or team_id or workflow_id is needed, and no more than one of them"
        raise PartnerInvalidError(fields=(FieldProblem("agent_id", message, PartnerInvalidError.remedy),))
    if partner.agent_id is not None:
        await agents.check_activated(ctx, partner.agent_id)
    elif partner.team_id is not None:
        await teams.check_exists(ctx, partner.team_id)
    elif partner.workflow_id is not None:
        await workflows.get_prompt(ctx, partner.workflow_id)


async def hearing_of(ctx: Context, conversation: Conversation) -> Hearing:
    """Return how the partner of a conversation is told something. Raises ``ConversationWithoutAgentError`` too."""
    if conversation.agent_id is not None:
        memory = (await agents.get(ctx, conversation.agent_id)).config.memory
        return Hearing(conversation.agent_id, RunType.AGENT, AGENT_PROMPT, memory.history_messages)
    if conversation.team_id is not None:
        memory = (await teams.get(ctx, conversation.team_id)).config.memory
        return Hearing(conversation.team_id, RunType.TEAM, AGENT_PROMPT, memory.history_messages)
    if conversation.workflow_id is not None:
        prompt = await workflows.get_prompt(ctx, conversation.workflow_id)
        most = Memory().history_messages if prompt.takes_messages else 0
        return Hearing(conversation.workflow_id, RunType.WORKFLOW, prompt, most, takes_files=False)
    raise ConversationWithoutAgentError
