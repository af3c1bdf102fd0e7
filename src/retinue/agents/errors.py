"""What can go wrong with agents."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class AgentMissingError(MissingError):
    """There is no such agent."""

    code = "agent_missing"


class AgentInvalidError(InvalidError):
    """The agent is not valid."""

    code = "agent_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)


class AgentChangedError(ConflictError):
    """Another user changed the agent."""

    code = "agent_changed"
    remedy = "Reload the agent, apply your change, and save it with the new version."


class AgentPausedError(ConflictError):
    """The agent is paused."""

    code = "agent_paused"
    remedy = "Activate it, then start the run again."


class AgentInactiveError(ConflictError):
    """The agent is inactive."""

    code = "agent_inactive"
    remedy = "Activate the agent, then try again. Until then it runs in the playground of the console only."


class AgentNotRunnableError(AgentInvalidError):
    """The agent cannot be run as it is."""

    code = "agent_not_runnable"


class AgentBusyError(ConflictError):
    """The agent has runs that are not finished."""

    code = "agent_busy"
    remedy = "Cancel its runs, or wait until they are finished."


class AgentInUseError(ConflictError):
    """Teams have the agent as a member, or other agents call it as a tool."""

    code = "agent_in_use"
    remedy = "Take it out of its teams first."


class AgentHostedError(ConflictError):
    """The agent is hosted."""

    code = "agent_hosted"
    remedy = "Only external agents send heartbeats. Set runtime to external if this agent runs outside Retinue."
