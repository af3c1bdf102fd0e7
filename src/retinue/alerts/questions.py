"""What is asked about rules, and how the questions of many rules are put to the database together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

from retinue.alerts import repository_facts as facts
from retinue.alerts.conditions import Condition
from retinue.alerts.types import Verdict
from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class Question:
    """A condition about a target; None: the whole organization. Runs before ``counts_from`` do not count.

    With ``tag`` only runs that have it count. ``changed_at`` is when the rule was saved, ``resumed_at`` since when rules
    are evaluated without a pause, ``budget_id`` the budget by which the rule blocks.
    """

    condition: Condition
    organization_id: UUID
    target_id: UUID | None
    changed_at: datetime
    resumed_at: datetime | None = None
    counts_from: datetime | None = None
    tag: str | None = None
    budget_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition of a question, with its number among all that are asked."""

    leaf: Any
    question: Question
    number: int

    def row(self, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return the question as the database takes it."""
        asked = self.question
        row = {"k": self.number, "o": str(asked.organization_id), "y": asked.tag, "b": asked.changed_at.isoformat()}
        row["t"] = None if asked.target_id is None else str(asked.target_id)
        row["c"] = None if asked.counts_from is None else asked.counts_from.isoformat()
        return row | fields


Answers: TypeAlias = dict[int, Verdict]
Rows: TypeAlias = dict[int, tuple[Any, ...]]


async def by_target(
    ctx: Context,
    asked: list[Asked],
    statements: tuple[LiteralString, LiteralString],
    fields: Callable[[Any], dict[str, Any]],
) -> Rows:
    """Ask about targets by the first statement, about organizations by the second one."""
    rows = [each.row(**fields(each.leaf)) for each in asked]
    found: Rows = {}
    for statement, is_of_target in zip(statements, (True, False), strict=True):
        some = [row for row in rows if (row["t"] is not None) is is_of_target]
        if some:
            found |= await facts.ask(ctx, statement, some)
    return found
