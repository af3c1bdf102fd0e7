"""The limits of one run: counts what it uses and refuses the step that would pass a limit."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from retinue.core.errors import LimitedError
from retinue.engine.errors import CostLimitError, PartLimitedError, StepLimitError, ToolCallLimitError
from retinue.engine.ports import Usage
from retinue.engine.pricing import cost_text
from retinue.engine.records import Totals
from retinue.engine.spec.agent import Limits

T = TypeVar("T")


class Budget:
    """What a run has used and may use. Lives as long as one execution; begins at what earlier ones stored."""

    def __init__(self, limits: Limits, used: Totals, finished: Mapping[UUID, int]) -> None:
        """Take the limits, what was used before, and how many calls of each model step were already made."""
        self.limits = limits
        self.finished = finished
        self._admitted: dict[UUID, LimitedError | None] = {}
        self.steps = used.steps
        self.model_calls = used.model_calls
        self.tool_calls = used.tool_calls
        self.input_tokens = used.input_tokens
        self.output_tokens = used.output_tokens
        self.cost_usd = Decimal(used.cost_usd)
        self.priced_calls = used.priced_calls
        self.unpriced_calls = used.unpriced_calls
        self.warnings = used.warnings
        self.estimated_calls = used.estimated_calls

    def begin_model_call(self) -> None:
        """Count a model call that is about to be made. Raises ``StepLimitError`` or ``CostLimitError``."""
        most = self.limits.max_cost_usd
        if most is not None and self.cost_usd >= most:
            raise CostLimitError(f"The run has used {self.cost_usd} USD of at most {most} USD.")
        if self.steps >= self.limits.max_steps:
            raise StepLimitError(f"The run has made {self.steps} steps, which is all it may.")
        self.steps += 1
        self.model_calls += 1

    def admit_calls(self, asked_by: UUID, count: int) -> None:
        """Ask whether the calls of one model answer may be made, all or none of them.

        Every sibling asks the same question and gets the same answer, so that none is under way when the run fails.
        Raises ``ToolCallLimitError`` or ``StepLimitError``.
        """
        if asked_by not in self._admitted:
            self._admitted[asked_by] = self._refusal(count - self.finished.get(asked_by, 0))
        refusal = self._admitted[asked_by]
        if refusal is not None:
            raise refusal

    def count_tool_call(self) -> None:
        """Count a tool call that is about to be made."""
        self.steps += 1
        self.tool_calls += 1

    def check_node(self, of_others: Decimal) -> None:
        """Ask whether a workflow may execute another node, when other runs of the family have used some US dollars.

        Raises ``StepLimitError`` or ``CostLimitError``.
        """
        if self.steps >= self.limits.max_steps:
            raise StepLimitError(f"The run has made {self.steps} steps, which is all it may.")
        self.cost_left(of_others)

    def count_node(self) -> None:
        """Count the execution of a node as one step."""
        self.steps += 1

    def count_delegation(self) -> None:
        """Count a member's work as one step."""
        self.steps += 1

    def cost_left(self, of_others: Decimal) -> Decimal | None:
        """Return how many US dollars are left when other runs of the family have used some; None without a limit.

        Raises ``CostLimitError`` when nothing is left.
        """
        most = self.limits.max_cost_usd
        if most is None:
            return None
        used = self.cost_usd + of_others
        if used >= most:
            raise CostLimitError(f"The run and its members have used {used} USD of at most {most} USD.")
        return most - used

    def charge(self, usage: Usage) -> None:
        """Add what a model call used."""
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.estimated_calls += usage.is_estimated
        if usage.cost_usd is None:
            self.unpriced_calls += 1
        else:
            self.priced_calls += 1
            self.cost_usd += usage.cost_usd

    def count_warnings(self, count: int) -> None:
        """Add the warnings of a model's answer."""
        self.warnings += count

    def totals(self) -> Totals:
        """Return what the run has used so far, this execution and earlier ones."""
        return Totals(
            self.steps,
            self.model_calls,
            self.tool_calls,
            self.input_tokens,
            self.output_tokens,
            cost_text(self.cost_usd),
            self.priced_calls,
            self.unpriced_calls,
            self.warnings,
            self.estimated_calls,
        )

    def _refusal(self, count: int) -> LimitedError | None:
        most = self.limits.max_tool_calls
        if most is not None and self.tool_calls + count > most:
            return ToolCallLimitError(
                f"The run has made {self.tool_calls} tool calls and asks for {count} more; at most {most} are allowed."
            )
        if self.steps + count > self.limits.max_steps:
            return StepLimitError(
                f"The run has made {self.steps} of {self.limits.max_steps} steps and asks for {count} tool calls."
            )
        return None


class PartBudget(Budget):
    """What an agent inside a workflow's run has used and may use: its own limits, and those of the run.

    A limit of the run raises its ``LimitedError``; one of the agent is a failure of the agent alone, a ``PartLimitedError``.
    What agents that it calls as tools cost is counted for the run.
    """

    def __init__(self, above: Budget, limits: Limits, used: Totals, bounds: tuple[str, Callable[[], bool]]) -> None:
        """Take the run's budget, the agent's limits, what it has used; and its name, and what says that its time is up."""
        super().__init__(limits, used, above.finished)
        self._above = above
        self._name, self._is_late = bounds

    def begin_model_call(self) -> None:
        """Count a model call, for both. Raises ``PartLimitedError`` and as the run's budget does."""
        if self._is_late():
            raise PartLimitedError(f"{self._name} has used all of its time.")
        self._above.begin_model_call()
        self._own(super().begin_model_call)

    def admit_calls(self, asked_by: UUID, count: int) -> None:
        """Ask whether the calls of one model answer may be made, by both. Raises as ``begin_model_call`` does."""
        self._above.admit_calls(asked_by, count)
        self._own(lambda: super(PartBudget, self).admit_calls(asked_by, count))

    def count_tool_call(self) -> None:
        """Count a tool call, for both."""
        self._above.count_tool_call()
        super().count_tool_call()

    def count_delegation(self) -> None:
        """Count the work of an agent that is called as a tool, for both."""
        self._above.count_delegation()
        super().count_delegation()

    def cost_left(self, of_others: Decimal) -> Decimal | None:
        """Return the US dollars that are left of both limits. Raises as ``begin_model_call`` does."""
        of_run = self._above.cost_left(of_others)
        most = self.limits.max_cost_usd
        if most is None:
            return of_run
        own = self._own(lambda: super(PartBudget, self).cost_left(Decimal(0))) or Decimal(0)
        return own if of_run is None else min(of_run, own)

    def charge(self, usage: Usage) -> None:
        """Add what a model call used, for both."""
        self._above.charge(usage)
        super().charge(usage)

    def count_warnings(self, count: int) -> None:
        """Add the warnings of a model's answer, for both."""
        self._above.count_warnings(count)
        super().count_warnings(count)

    def _own(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except LimitedError as error:
            raise PartLimitedError(f"{self._name}: {error.detail}") from None
