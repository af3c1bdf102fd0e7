"""A script as it is written, parsed: what the scripted model says, turn by turn.

    {"turns": [{"text": str, "reasoning": str, "tool_calls": [{"name": str, "arguments": {...}, "id": str}],
                "delay_ms": int, "tokens_per_second": number, "error": str, "error_kind": str, "times": int,
                "cost_usd": number, "finish_reason": str}]}

A turn with ``times`` stands for so many equal turns. ``error`` fails the turn with that sentence, after its text;
``error_kind`` is refused (the default), unavailable, limited or key. ``finish_reason`` simulates an incomplete answer,
``cost_usd`` a price, for limits on cost.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.core.validation import field_problems

MAX_TURNS = 1000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Call(_Part):
    """A tool call of a turn; an id is made when none is given."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: JsonObject = {}
    id: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class Turn(_Part):
    """One answer of the model. A null is as good as nothing."""

    text: str | None = None
    reasoning: str | None = None
    tool_calls: Annotated[list[Call], Field(max_length=100)] | None = None
    delay_ms: Annotated[int, Field(ge=0, le=3_600_000)] | None = None
    tokens_per_second: Annotated[float, Field(ge=0, le=100_000)] | None = None
    error: str | None = None
    error_kind: Literal["refused", "unavailable", "limited", "key"] = "refused"
    finish_reason: Literal["stop", "length", "content_filter", "blocked"] | None = None
    times: Annotated[int, Field(ge=1, le=MAX_TURNS)] = 1
    cost_usd: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=20, strict=False)] = Decimal(0)


class Script(_Part):
    """A script: at least one turn."""

    turns: Annotated[list[Turn], Field(min_length=1, max_length=MAX_TURNS)]

    def turn(self, number: int) -> Turn:
        """Return a turn, counted from 0; past the end, the last one without its calls and errors, so that a run ends."""
        for turn in self.turns:
            number -= turn.times
            if number < 0:
                return turn
        last = self.turns[-1]
        return Turn(text=last.text or "That is all the script says.")


def parse(document: Json) -> Script:
    """Read a script. Raises ``pydantic.ValidationError``; ``problems_of`` says it in words."""
    return Script.model_validate(document)


def problems_of(error: ValidationError, path: str) -> tuple[FieldProblem, ...]:
    """Name each field of a script that is wrong, below a path."""
    return tuple(
        FieldProblem(each.field, each.message, 'Write {"turns": [{"text": "…"}]}.')
        for each in field_problems(error.errors(include_url=False), path)
    )
