"""Why a run fails: limits that were reached, a model that did not answer. Each says what to do about it."""

from collections.abc import Sequence
from typing import ClassVar

from retinue.core.errors import Error, InvalidError, Kind, LimitedError
from retinue.core.json import JsonObject

_KEPT_CHARACTERS = 100_000
"""Of an answer in a run's error; the whole of it is the output of the run's last step."""


class StepLimitError(LimitedError):
    """The run reached its limit of steps."""

    code = "limit_steps"
    remedy = "Raise limits.max_steps of the agent, or give it a smaller task; then resume the run."


class ToolCallLimitError(LimitedError):
    """The run reached its limit of tool calls."""

    code = "limit_tool_calls"
    remedy = "Raise limits.max_tool_calls of the agent, or say in its instructions when to stop; then resume the run."


class CostLimitError(LimitedError):
    """The run reached its limit of cost."""

    code = "limit_cost"
    remedy = "Raise limits.max_cost_usd of the agent, or choose a cheaper model; then resume the run."


class BudgetExceededError(LimitedError):
    """A budget does not allow this model call."""

    code = "budget_exceeded"
    remedy = "Raise the budget's limit under Usage, or wait until it is reset; then resume the run."


class RunTimeoutError(LimitedError):
    """The run reached its time limit."""

    code = "timeout"
    remedy = "Raise limits.timeout_seconds of the agent, then resume the run from its last step."


class PartLimitedError(Error):
    """An agent inside a workflow's run reached a limit of its own; the run may go on without it."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "limit_of_agent"
    remedy = "Raise the limits of the agent, or give it a smaller task; then resume the run."


class OutputInvalidError(InvalidError):
    """The final answer does not fit the agent's output schema."""

    code = "output_invalid"
    remedy = (
        "Read the errors; simplify the output schema, say in the instructions what is meant, or choose a stronger model."
    )

    def __init__(self, problems: Sequence[str], text: str) -> None:
        """Take what is wrong with the answer, and the answer."""
        super().__init__(f"The final answer does not fit the output schema: {problems[0].rstrip('.')}.")
        self.problems = tuple(problems)
        self.text = text


class PlanInvalidError(InvalidError):
    """The run's plan cannot be read by this version."""

    code = "plan_invalid"
    remedy = "Start a new run, which creates a new plan from the agent."


class MemberFailedError(Error):
    """A member of the team failed, and the team cannot answer without it."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "member_failed"
    remedy = "Open the member's run to see why; then retry the run, or choose another policy for partial results."


class RouteMissingError(InvalidError):
    """The leader did not choose a member."""

    code = "route_missing"
    remedy = "Say in the team's instructions when which member is meant, or choose a stronger model for the leader."


class InternalFailureError(Error):
    """An internal error occurred."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "internal"
    remedy = "Resume the run; if it fails again, look for the run's id in the worker's log."


class UnknownOutcomeError(Exception):
    """A dangerous call was begun and had no answer, and nobody knows whether it took effect.

    ``attempt`` counts the times the call was made, from 1; ``reason`` says to a person how it came about.
    """

    def __init__(self, attempt: int, reason: str) -> None:
        """Take which attempt it was, and the sentence for a person."""
        self.attempt = attempt
        self.reason = reason
        super().__init__(reason)


class ConnectNeededError(Exception):
    """A call was not made, because a connection must be given first. ``needs`` tells which, ``reason`` a person why."""

    def __init__(self, attempt: int, reason: str, needs: JsonObject) -> None:
        """Take which attempt it was, the sentence for a person, and what is needed."""
        self.attempt = attempt
        self.reason = reason
        self.needs = needs
        super().__init__(reason)


def failure(error: BaseException, step: str | None = None) -> JsonObject:
    """Write an error as the document a run keeps: code, message, remedy, kind, and the step it happened in.

    That of an answer which does not fit the output schema has ``errors`` and the ``text`` of the answer in addition.
    """
    known = error if isinstance(error, Error) else InternalFailureError()
    document: JsonObject = {
        "code": known.code,
        "message": known.detail,
        "remedy": known.remedy_text,
        "kind": str(known.kind),
        "step": step,
    }
    if isinstance(known, OutputInvalidError):
        document |= {"errors": [*known.problems], "text": known.text[:_KEPT_CHARACTERS]}
    return document
