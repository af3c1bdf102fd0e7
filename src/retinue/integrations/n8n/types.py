"""Values of the connection to n8n: what users see, and what n8n says, once it is parsed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject


class N8nStatus(StrEnum):
    """Status of an execution, in n8n's words."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCESS = "success"
    ERROR = "error"
    CRASHED = "crashed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class N8nConnection:
    """How an organization reaches its n8n. The API key and the webhook's secret are never returned.

    ``webhook_url`` is where n8n receives webhooks when that is not ``base_url``; ``callback_url`` is under which address n8n
    reaches Retinue when that is not its public URL. ``webhook_header`` names the header that webhooks demand, if any.
    ``has_api_key`` is false for a connection that a file made, until the key is entered. ``last_error`` is why the last
    look at n8n failed.
    """

    base_url: str
    webhook_url: str | None
    callback_url: str | None
    webhook_header: str | None
    has_api_key: bool
    has_webhook_secret: bool
    checked_at: datetime | None
    last_error: str | None
    linked_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class N8nConnectionDraft:
    """A connection without its secrets, as files have it."""

    base_url: str
    webhook_url: str | None
    callback_url: str | None
    webhook_header: str | None


@dataclass(frozen=True, slots=True)
class N8nCheck:
    """The outcome of a test of the connection: whether n8n answered and accepted the key, and in how many milliseconds."""

    is_ok: bool
    message: str
    remedy: str | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class N8nNode:
    """A node of a workflow in n8n, with its place on n8n's canvas."""

    name: str
    type: str
    is_disabled: bool
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class N8nEdge:
    """A connection between two nodes of n8n, by their names."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class N8nWebhook:
    """The trigger by which a workflow of n8n is started: its path, its method, and when n8n answers."""

    path: str
    method: str
    response_mode: str


@dataclass(frozen=True, slots=True)
class N8nWorkflow:
    """A workflow as n8n has it. ``workflow_id`` is the workflow of Retinue that is linked to it."""

    id: str
    name: str
    is_active: bool
    is_archived: bool
    updated_at: datetime | None
    tags: list[str]
    can_start: bool
    url: str
    workflow_id: UUID | None


@dataclass(frozen=True, slots=True)
class N8nPicture:
    """A workflow of n8n as it is read: what is listed, its trigger, and its drawing."""

    listed: N8nWorkflow
    webhook: N8nWebhook | None
    nodes: tuple[N8nNode, ...]
    edges: tuple[N8nEdge, ...]


@dataclass(frozen=True, slots=True)
class N8nLink:
    """A workflow that n8n carries out. ``nodes`` and ``connections`` are a read-only picture of it, as it was read last.

    ``imports_runs``: executions that n8n starts itself become runs too. ``last_error`` is why the last look failed.
    """

    workflow_id: UUID
    n8n_workflow_id: str
    n8n_name: str
    n8n_is_active: bool
    webhook_path: str | None
    webhook_method: str | None
    response_mode: str | None
    nodes: list[N8nNode]
    connections: list[N8nEdge]
    imports_runs: bool
    url: str
    looked_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class N8nExecution:
    """What a run is in n8n. ``status`` is n8n's own word; ``wait_till`` until when n8n waits. ``url`` opens it there."""

    run_id: UUID
    execution_id: str | None
    status: str | None
    wait_till: datetime | None
    url: str | None
    looked_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class NodeRun:
    """One run of one node of n8n."""

    name: str
    number: int
    started_at: datetime
    duration_ms: int
    output: Json
    error: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution as n8n tells it. ``has_data`` is false when n8n withheld what its nodes did.

    ``run_id`` is the run that started it, if one did; ``input`` what it was started with.
    """

    id: str
    workflow_id: str
    status: N8nStatus
    mode: str
    started_at: datetime | None
    stopped_at: datetime | None
    wait_till: datetime | None
    retry_of: str | None
    has_data: bool = False
    run_id: UUID | None = None
    input: JsonObject | None = None
    output: Json = None
    error: JsonObject | None = None
    node_runs: tuple[NodeRun, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackAccepted:
    """What a callback did. ``is_replay``: the run had its result already, and keeps it."""

    run_id: UUID
    is_replay: bool


@dataclass(frozen=True, slots=True)
class N8nResume:
    """An n8n execution that waits for a run: waiting for the run's end, sending, sent, or dead after all attempts."""

    run_id: UUID
    state: str
    attempts: int
    last_error: str | None
    sent_at: datetime | None
