"""What a model call may spend: asked before the call is made, answered with what it did cost once it is over.

The guard behind the port holds the budgets. A call reserves its worst case, so that calls made at the same time cannot
overspend together; what it used takes the place of the reservation afterwards.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import ModelRequest, ModelSpec, Usage
from retinue.engine.records import LogLine

BUDGET: Final = "budget"
"""The kind of an approval that asks whether a run may spend more than its budget."""
ASSUMED_OUTPUT_TOKENS: Final = 8192
"""The most that a model may answer under a budget when the agent's parameters set no ``max_output_tokens``."""
_BYTES_PER_TOKEN: Final = 2
"""Fewer than any common tokenizer needs for a text: code and digits come close to it, English has four."""
_TOKENS_PER_MESSAGE: Final = 16
_TOKENS_PER_IMAGE: Final = 2500
"""More than the large providers count for a picture of the largest size they do not reduce."""


@dataclass(frozen=True, slots=True)
class MostTokens:
    """The most tokens that a call may use, input and output."""

    input_tokens: int
    output_tokens: int

    @property
    def usage(self) -> Usage:
        """The worst case as usage, to be priced."""
        return Usage(self.input_tokens, self.output_tokens)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call may not be made: the budget's sentence, and, when a person may allow it, what they are asked."""

    message: str
    remedy: str
    question: JsonObject | None = None
    expires_at: str | None = None


class Reservation(Protocol):
    """Money and tokens held for one call."""

    @property
    def model(self) -> ModelSpec:
        """The model that is called: the agent's, or a cheaper one that a budget names."""
        ...

    @property
    def notes(self) -> tuple[LogLine, ...]:
        """What the step's log tells of it."""
        ...

    def settle(self, usage: Usage | None) -> None:
        """Put what the call used in the place of the reservation; None when it was not made. Neither blocks nor raises."""
        ...


class Spending(Protocol):
    """The budgets that one execution of a run is under."""

    @property
    def is_limited(self) -> bool:
        """Whether the organization has budgets at all; costs nothing to ask."""
        ...

    def of_agent(self, agent_id: str) -> "Spending":
        """Return the same with the budgets of an agent that works inside the run."""
        ...

    async def reserve(self, request: ModelRequest, step_id: UUID, questions: tuple[str, ...]) -> "Reservation | Refusal":
        """Hold the worst case of a call. ``questions``: what persons have approved for this step by now."""
        ...


def worst_case(request: ModelRequest) -> MostTokens:
    """Return the most tokens a call may use: its texts by their bytes, and all that the model may answer."""
    size, count, images = 0, 0, 0
    for message in request.messages:
        count += 1
        content = message["content"]
        if isinstance(content, str):
            size += len(content.encode("utf-8", "surrogatepass"))
        else:
            images += _images_in(content)
            size += len(dumps(_without_images(content)))
        size += len(dumps(message["tool_calls"])) if "tool_calls" in message else 0
    size += sum(len(each.name) + len(each.description.encode()) + len(dumps(each.parameters)) for each in request.tools)
    if request.output_schema is not None:
        size += len(dumps(request.output_schema))
    tokens = -(-size // _BYTES_PER_TOKEN) + _TOKENS_PER_MESSAGE * (count + len(request.tools)) + _TOKENS_PER_IMAGE * images
    return MostTokens(tokens, _limit_of(request.model) or ASSUMED_OUTPUT_TOKENS)


def capped(request: ModelRequest) -> ModelRequest:
    """Return the call with a limit of its answer, without which it has no worst case."""
    if _limit_of(request.model) is not None:
        return request
    parameters: JsonObject = {**request.model.parameters, "max_output_tokens": ASSUMED_OUTPUT_TOKENS}
    return replace(request, model=replace(request.model, parameters=parameters))


def _limit_of(model: ModelSpec) -> int | None:
    limit = model.parameters.get("max_output_tokens")
    return limit if isinstance(limit, int) and limit > 0 else None


def _images_in(content: Json) -> int:
    return sum(isinstance(part, dict) and "data" in part for part in content) if isinstance(content, list) else 0


def _without_images(content: Json) -> Json:
    if not isinstance(content, list):
        return content
    return [part for part in content if not (isinstance(part, dict) and "data" in part)]
