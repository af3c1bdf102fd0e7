"""The nodes of a workflow, one class a type."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from retinue.core.json import Json, JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import Assignees, DecidingRole, Escalation, ModelChoice, ModelParameters, Quorum, Spec
from retinue.engine.spec.workflow.values import Duration, Expression, Id, StateKey

VARIABLE = form(
    r"^[a-zA-Z_][a-zA-Z0-9_]{0,63}$",
    "may contain letters, digits and '_', up to 64 characters, and may not begin with a digit",
)
Text = Annotated[str, Field(max_length=20_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
RetryOn = Literal["timeout", "rate_limit", "network", "server_error", "any"]


class Reference(Spec):
    """Names an agent, a team, a tool or a workflow: by id or by name, and a version where it must be that one."""

    id: UUID | None = None
    name: Name | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.id is None) == (self.name is None):
            raise ValueError("needs either an id or a name")
        return self


class Retry(Spec):
    """How often a node is tried, and how long to wait between two attempts."""

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    initial_interval: Duration = "PT1S"
    backoff_factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_interval: Duration = "PT5M"
    jitter: bool = True
    retry_on: Annotated[list[RetryOn], Field(min_length=1)] = ["timeout", "rate_limit", "network", "server_error"]


class Cache(Spec):
    """Keeps a node's result: for so long, under the value of ``key``, or of the whole input."""

    ttl: Duration
    key: Expression | None = None


class ErrorRoute(Spec):
    """What follows an error: the node ``goto``, which finds the error in ``result``; or the next one, with ``value``."""

    goto: Id | None = None
    value: Json = None


class Position(Spec):
    """Where the canvas draws the node; no part of the workflow's meaning."""

    x: float
    y: float


class Pin(Spec):
    """A result that replaces the node's own in test runs."""

    result: Json


class Node(Spec):
    """What every node has."""

    id: Id
    name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=4_000)] = ""
    position: Position | None = None


class Working(Node):
    """What every node has that is executed."""

    input: Json = None
    output: dict[StateKey, Expression] = {}
    when: Expression | None = None
    join: Literal["all", "any"] = "all"
    retry: Retry | None = None
    timeout: Duration | None = None
    idle_timeout: Duration | None = None
    cache: Cache | None = None
    on_error: Literal["fail", "continue"] | ErrorRoute = "fail"
    pinned: Pin | None = None
    disabled: bool = False


class AgentNode(Working):
    """Lets an agent answer."""

    type: Literal["agent"]
    agent: Reference
    run_as: Literal["subgraph", "run"] = "run"


class TeamNode(Working):
    """Lets a team answer, as a run of its own."""

    type: Literal["team"]
    team: Reference


class ToolNode(Working):
    """Calls a tool of the organization with ``input`` as its arguments."""

    type: Literal["tool"]
    tool: Reference
    settings: JsonObject = {}


class HttpNode(Working):
    """Sends a request. The result has status, headers and body."""

    type: Literal["http"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    url: Annotated[str, Field(min_length=1, max_length=4_096)]
    headers: dict[str, Text] = {}
    query: dict[str, Json] = {}
    body: Json = None
    credential: Annotated[str, Field(pattern=VARIABLE)] | None = Field(
        default=None, description="Name of a variable whose value is sent as a bearer token."
    )
    effect: Literal["read_only", "idempotent", "dangerous"] | None = Field(
        default=None, description="Left out: read_only for GET and HEAD, idempotent for PUT and DELETE, else dangerous."
    )


class Message(Spec):
    """A message to a model; its text may hold ``{{ … }}``."""

    role: Literal["system", "user", "assistant"]
    text: Text


class ModelNode(Working):
    """Calls a model once."""

    type: Literal["model"]
    model: ModelChoice = ModelChoice()
    parameters: ModelParameters = ModelParameters()
    messages: Annotated[list[Message], Field(min_length=1, max_length=100)]
    output_schema: JsonObject | None = None


class ConditionNode(Working):
    """Takes the first of its edges whose ``when`` is true, else the one with ``else``."""

    type: Literal["condition"]


class SwitchNode(Working):
    """Takes the edge whose ``case`` equals the value of ``on``, else the one with ``else``."""

    type: Literal["switch"]
    on: Expression


class Tolerance(Spec):
    """How many items may fail before the map does: at most ``count``, or ``percent`` of all."""

    count: Annotated[int, Field(ge=0)] | None = None
    percent: Annotated[float, Field(ge=0, le=100)] | None = None


class LoopNode(Working):
    """Repeats its body until ``until`` is true, at most ``max`` times."""

    type: Literal["loop"]
    body: "Body"
    until: Expression
    max: Annotated[int, Field(ge=1, le=1_000)]
    on_max: Literal["fail", "continue"] = "fail"


class MapNode(Working):
    """Carries out its body for each item of ``over``, so many at once. The result is a list in the items' order."""

    type: Literal["map"]
    over: Expression
    body: "Body"
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    max_items: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    on_item_error: Literal["fail", "skip", "collect"] = "fail"
    tolerate: Tolerance | None = None
    run_as: Literal["tasks", "runs"] = "tasks"


class WorkflowNode(Working):
    """Carries out another workflow."""

    type: Literal["workflow"]
    workflow: Reference
    run_as: Literal["subgraph", "run"] = "run"


class TransformNode(Working):
    """Computes values and writes them to the state."""

    type: Literal["transform"]
    set: Annotated[dict[StateKey, Expression], Field(min_length=1)]


class Asking(Working):
    """What asks people. Without assignees and role, all who may decide on approvals are asked."""

    assignees: Assignees = []
    role: DecidingRole | None = None
    expires: Duration | None = None


class ApprovalNode(Asking):
    """Waits until people approve or deny. The result has the decision, the comment and the edited value."""

    type: Literal["approval"]
    reason: Annotated[str, Field(min_length=1, max_length=4_000)]
    quorum: Quorum = 1
    on_expiry: Literal["deny", "escalate", "approve"] = "deny"
    escalate_to: Escalation | None = None
    editable: JsonObject | None = Field(default=None, description="A JSON Schema of the value that may be edited.")


class QuestionNode(Asking):
    """Asks people to fill in a form. The result is what they entered."""

    type: Literal["question"]
    ask: Annotated[str, Field(min_length=1, max_length=4_000)]
    form: JsonObject
    default: JsonObject | None = None


class WaitUntilNode(Working):
    """Waits until a time, or for a duration. The result is the time."""

    type: Literal["wait_until"]
    at: Expression | None = None
    after: Duration | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError("needs either at or after")
        return self


class WaitForEventNode(Working):
    """Waits for an event that is sent to ``POST /api/v1/events``. The result is the event."""

    type: Literal["wait_for_event"]
    event: Annotated[str, Field(min_length=1, max_length=200)]
    correlation: Expression | None = None
    where: Expression | None = None
    expires: Duration
    on_expiry: Literal["fail", "continue"] = "fail"


class CodeLimits(Spec):
    """The limits of a code node."""

    seconds: Annotated[float, Field(gt=0, le=60)] = 5
    memory_mb: Annotated[int, Field(ge=8, le=512)] = 64
    output_kb: Annotated[int, Field(ge=1, le=1_024)] = 256


class CodeNode(Working):
    """Runs Python in the sandbox. The result is the value of its last expression."""

    type: Literal["code"]
    code: Annotated[str, Field(min_length=1, max_length=65_536)]
    limits: CodeLimits = CodeLimits()


class NoteNode(Node):
    """A note on the canvas; it is not executed."""

    type: Literal["note"]
    text: Text


AnyNode = Annotated[
    AgentNode
    | TeamNode
    | ToolNode
    | HttpNode
    | ModelNode
    | ConditionNode
    | SwitchNode
    | MapNode
    | LoopNode
    | WorkflowNode
    | TransformNode
    | ApprovalNode
    | QuestionNode
    | WaitUntilNode
    | WaitForEventNode
    | CodeNode
    | NoteNode,
    Field(discriminator="type"),
]


class Edge(Spec):
    """Leads from a node to another, or from ``START``, or to ``END``.

    The edges of a switch have a ``case``, those of other nodes may have ``when``. ``max_visits`` bounds an edge that closes
    a cycle.
    """

    source: Annotated[str, Field(alias="from", max_length=64)]
    target: Annotated[str, Field(alias="to", max_length=64)]
    when: Expression | None = None
    case: Json = None
    otherwise: Annotated[bool, Field(alias="else")] = False
    label: Annotated[str, Field(max_length=200)] = ""
    max_visits: Annotated[int, Field(ge=1, le=1_000)] | None = None


class Body(Spec):
    """The graph inside a map or a loop. Without edges its nodes follow one another."""

    nodes: Annotated[list[AnyNode], Field(min_length=1, max_length=100)]
    edges: Annotated[list[Edge], Field(max_length=400)] = []


def is_inline(node: Working) -> bool:
    """Say whether a node's agent is carried out inside the run."""
    return isinstance(node, AgentNode) and node.run_as == "subgraph"


def walked(nodes: "Sequence[AnyNode]", above: tuple[str, ...] = ()) -> "Iterator[tuple[str, AnyNode]]":
    """Give nodes and, at any depth, those inside maps and loops, each with its path: ``map/node``."""
    for node in nodes:
        yield "/".join((*above, node.id)), node
        if isinstance(node, MapNode | LoopNode):
            yield from walked(node.body.nodes, (*above, node.id))
