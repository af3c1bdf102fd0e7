"""What the engine asks of the world: a model that answers, tools that act. It knows no database and no HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, NotRequired, Protocol, TypedDict
from uuid import UUID

from pydantic import PlainSerializer

from retinue.core.json import Json, JsonObject

DeltaSink = Callable[[str, str], None]
"""Called with ("text" | "reasoning", chunk) as a model's answer arrives; must be cheap and must not raise.

Called with (``NOTICE``, sentence) when the call waits for something, such as a model that is being loaded.
"""

NOTICE = "notice"

OUTPUT_REPAIR = "output_repair"
"""The name of the platform's own message that asks a model to correct an answer which does not fit the output schema."""


MEMBER_ANSWERS = "member_answers"
"""The name of the platform's own message that tells a team's leader what the members answered."""

ROUTE_REMINDER = "route_reminder"
"""The name of the platform's own message that asks a team's leader to choose a member."""


class CallRecord(TypedDict):
    """A tool call inside a message: the model's id for it, the tool's name, its arguments as an object.

    ``signature`` is what Gemini wants back with the call, as it sent it.
    """

    id: str
    name: str
    arguments: JsonObject
    signature: NotRequired[str]


class Message(TypedDict):
    """One message as plain JSON, so that state is stored and read without reviving any type.

    ``content`` is a text or a list of parts ({"type": "text", "text"} or {"type": "image", "media_type", "data"} in base64).
    """

    role: str
    content: Json
    tool_calls: NotRequired[list[CallRecord]]
    tool_call_id: NotRequired[str]
    name: NotRequired[str]
    step_id: NotRequired[str]
    """The step of this run that made the message; no business of a model's."""


Usd = Annotated[Decimal, PlainSerializer(float, return_type=float)]
"""US dollars; a number in JSON."""


@dataclass(frozen=True, slots=True)
class ModelOverride:
    """Prices in US dollars per million tokens and the context length in tokens that an organization sets for a model.

    None keeps the value of the price list.
    """

    input_usd_per_mtok: Usd | None = None
    cached_input_usd_per_mtok: Usd | None = None
    output_usd_per_mtok: Usd | None = None
    context_window: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "ModelOverride":
        """Read the values of a JSON document, whose prices are numbers."""
        prices = {name: None if price is None else Decimal(str(price)) for name, price in values.items()}
        return cls(**{**prices, "context_window": values.get("context_window")})  # pyright: ignore[reportArgumentType] - the one field that is no price


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model answers. Holds no secret: the provider's key is looked up when a call is made."""

    provider_id: str
    kind: str
    name: str
    base_url: str | None
    parameters: JsonObject
    override: ModelOverride | None = None


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model sees it; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model. ``organization_id`` says whose key is used; the key may repeat after a crash."""

    organization_id: str
    model: ModelSpec
    messages: list[Message]
    tools: tuple[ToolSchema, ...]
    timeout_seconds: float
    idempotency_key: str
    output_schema: JsonObject | None = None
    """What the answer must be, as a JSON Schema object; the model's client asks for it as its provider allows."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used. ``cost_usd`` is None when the price is not known, never zero for unknown.

    ``is_estimated``: the provider did not report token counts, and they were estimated from the length of the texts.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    cost_usd: Decimal | None = None
    is_estimated: bool = False


class FinishReason(StrEnum):
    """Why a model ended its answer, the same for all providers."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    BLOCKED = "blocked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call a model asks for. ``invalid_reason`` is set when its arguments were not a JSON object."""

    id: str
    name: str
    arguments: JsonObject
    invalid_reason: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ModelResponse:
    """A model's whole answer. ``finish_detail`` holds the provider's own words about ``finish_reason``, if any."""

    content: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    model: str
    finish_reason: FinishReason
    first_token_ms: int | None
    attempts: int
    warnings: tuple[str, ...] = ()
    finish_detail: str = ""


class ChatModel(Protocol):
    """A model that answers. Conformance: ``tests/llm``."""

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model, passing text on as it arrives. Raises an ``Error`` of a kind; cancelling closes the connection.

        What a provider had said a failed call used is on the error: see ``engine.partial.keep_usage``.
        """
        ...


@dataclass(frozen=True, slots=True)
class ToolPlan:
    """A tool as frozen into a run's plan: no secrets, only the reference (``tool_id``) to its credentials.

    ``effect`` is read_only, idempotent or dangerous: what may be done again after a crash.
    """

    tool_id: str
    name: str
    description: str
    tool_type: str
    parameters: JsonObject
    configuration: JsonObject
    settings: JsonObject
    effect: str
    requires_approval: bool
    timeout_seconds: float
    limits: JsonObject = field(default_factory=dict[str, Json])
    """Those of ``engine.spec.limits.ToolLimits`` that are set."""
    approval: JsonObject = field(default_factory=dict[str, Json])
    """The ``engine.spec.agent.ToolApproval`` of a tool that requires one; empty when all who may decide are asked."""
    is_connected: bool = False
    """Whether its calls are made under a connection by OAuth, which may have to be given first."""


@dataclass(frozen=True, slots=True)
class ToolArtifact:
    """A file a tool made: stored by the run, shown among its artifacts. ``type`` is a media type."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back: text for the model, and on the side artifacts and log lines (level, message).

    ``is_unknown`` goes with ``is_error``: the call was sent and had no answer, so it may have taken effect all the same.
    ``failure`` is then the sort of it where it is known: timeout, rate_limit, network or server_error. ``is_simulated``: the
    call was not made, because the run is a dry one. ``needs`` tells of a connection that the
    call needs first.
    """

    output: Json
    is_error: bool = False
    artifacts: tuple[ToolArtifact, ...] = ()
    logs: tuple[tuple[str, str], ...] = ()
    is_unknown: bool = False
    failure: str = ""
    is_simulated: bool = False
    needs: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ToolInvocation:
    """One call of a tool inside a run."""

    organization_id: str
    run_id: str
    agent_id: str
    call_id: str
    tool: ToolPlan
    arguments: JsonObject
    idempotency_key: str
    user_id: str | None = None
    """The member for whom a call outside of a run is made; those of a run are the run's person's."""


class ToolInvoker(Protocol):
    """Carries out tool calls. Time-outs, limits and guards are its business; the ledger around it is the run's."""

    async def invoke(self, invocation: ToolInvocation) -> ToolResult:
        """Call the tool. A tool's own failure is a result with ``is_error``; raises only for the platform's failures."""
        ...

    async def prepare(self, invocation: ToolInvocation) -> ToolResult | None:
        """See to it that a call under a connection can be made; else return the result that it then has."""
        ...

    def is_instant(self, tool: ToolPlan) -> bool:
        """Tell whether calls are pure and end in milliseconds: in this process, without effect, waiting for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """Everything a run of an agent needs, frozen at its start; the variables ``secret_names`` are used by tools only."""

    agent_id: str
    agent_version: int
    name: str
    instructions: str
    model: ModelSpec
    tools: tuple[ToolPlan, ...]
    limits: JsonObject
    memory: JsonObject
    variables: dict[str, str] = field(default_factory=dict)
    secret_names: tuple[str, ...] = ()
    output_schema: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ToolDecision:
    """What a person decided about a call whose outcome nobody knows: make it again, leave it, or take this result."""

    again: bool
    result: Json = None
    has_result: bool = False


class ToolCaller(Protocol):
    """Carries out tool calls of one run, entered in its ledger before they are made."""

    async def call(self, invocation: ToolInvocation, step_id: UUID, decision: ToolDecision | None) -> ToolResult:
        """Make a call, or return the result it already had.

        Raises ``UnknownOutcomeError`` for a call that is not safe to repeat and may have taken effect: one that an
        execution which died had begun, unless a ``decision`` is given about it, and one that has no answer now; and
        ``ConnectNeededError`` for one that was not made, because a connection must be given first.
        """
        ...


class RunPersons(Protocol):
    """Knows for whom runs are made, for tools that act for a person."""

    async def of_run(self, organization_id: str, run_id: str) -> str | None:
        """Return the id of the member who started a run, or whose private run it is; None when there is none."""
        ...


class RunFiles(Protocol):
    """Reads the files that a run has made, for tools that send one."""

    async def get(self, organization_id: str, run_id: str, name: str) -> ToolArtifact | None:
        """Return the newest file of a run with this name, or the one with this id; None when there is none.

        Raises ``Error`` for a file that is too large to be sent.
        """
        ...


class SecretVariables(Protocol):
    """Looks up an agent's secret variables at the moment they are used; they are never part of a plan or a state."""

    async def values(self, organization_id: str, agent_id: str, names: tuple[str, ...]) -> dict[str, str]:
        """Return the values of the named secret variables; a name without a value is left out."""
        ...
