"""Runs as values: what the API shows, and what a start asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from retinue.agents.types import Release
from retinue.core.ids import RunId
from retinue.core.json import Json, JsonObject
from retinue.engine.records import CostState
from retinue.runs.feedback.types import FeedbackFilter, FeedbackSummary
from retinue.runs.labels.types import NO_LABELS, Labels

CLI_USER_AGENT = "retinue-cli/"
"""How the User-Agent header of the command line begins."""


class RunType(StrEnum):
    """What a run carries out."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


class RunStatus(StrEnum):
    """Status of a run. The last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a run ended: completed without warnings, completed with warnings, or failed."""

    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class Trigger(StrEnum):
    """What started a run."""

    MANUAL = "manual"
    API = "api"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    CONVERSATION = "conversation"
    EXTERNAL = "external"
    N8N = "n8n"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class StartedByWebhook:
    """The run that a webhook started; ``is_replay``: it was started when the message came the first time."""

    run_id: UUID
    is_replay: bool


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """Resources used by a run.

    ``cost_usd`` is a decimal as text, estimated from list prices. It is null when ``cost_state`` is none (no model was
    called) or unknown, and a lower bound when it is partial. ``is_estimated``: the provider sent no token counts for some
    call, as when the call was cut off, and tokens and cost of it are estimated from the length of the texts.
    """

    steps: int
    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: str | None
    cost_state: CostState
    is_estimated: bool
    cpu_ms: int
    peak_memory_bytes: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run. ``error`` is {code, message, remedy, kind, step}; ``queued_ms`` the time from its making to its first start.

    ``short_id`` is the beginning of its id; ``input_preview`` that of its input, with the number of files before it.
    ``model`` is that of its last model call so far. ``dry_run``: calls with outside effects were left out; it is counted
    nowhere, as runs of the playground. ``warning_count`` is the number of warnings on its steps: answers that were cut off,
    filtered, blocked or empty.
    """

    id: UUID
    short_id: str
    organization_id: UUID
    type: RunType
    target_id: UUID
    target_name: str
    agent_id: UUID | None
    agent_version: int | None
    model: str | None
    workflow_id: UUID | None
    deployment_id: UUID | None
    conversation_id: UUID | None
    parent_run_id: UUID | None
    forked_from_run_id: UUID | None
    retry_of_run_id: UUID | None
    status: RunStatus
    waiting_reason: str | None
    trigger: Trigger
    playground: bool
    dry_run: bool
    triggered_by_id: UUID | None
    triggered_by_name: str | None
    input: JsonObject
    input_preview: str
    output: Json
    error_message: str | None
    error: JsonObject | None
    trace_id: str
    external_execution_id: str | None
    duration_ms: int | None
    queued_ms: int | None
    resource_usage: ResourceUsage
    warning_count: int
    priority: int
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    last_sequence: int
    tags: list[str]
    metadata: dict[str, str]
    feedback: FeedbackSummary

    @property
    def labels(self) -> Labels:
        """The tags and the metadata."""
        return Labels(tuple(self.tags), self.metadata)


@dataclass(frozen=True, slots=True)
class EditedAgent:
    """An agent as someone is editing it: what is given replaces what is saved, for this run alone."""

    instructions: str | None = None
    config: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """A team as someone is editing it: these fields of its definition replace what is saved, for this run alone."""

    changes: JsonObject


@dataclass(frozen=True, slots=True)
class Released:
    """The deployment that a run is started from: its version replaces what is saved. ``visitor_id``: of its chat page."""

    deployment_id: UUID
    release: Release
    visitor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StartRun:
    """What a start asks for. ``input`` has a prompt (a text or content parts); ``limits`` may only tighten the agent's.

    Without ``trigger``, the actor decides (``rules.trigger_of``). ``playground`` runs may use an inactive agent; only
    a signed-in person starts them. ``idempotency_key`` is unique in the
    organization: the same request under the same key gives the same run. ``request_hash`` says what makes it the same;
    without it, everything that is asked for. ``is_begun``: another system carries it out already, so neither its input nor
    whether it may begin is asked.
    """

    target_id: UUID
    input: JsonObject
    type: RunType = RunType.AGENT
    limits: JsonObject | None = None
    draft: EditedAgent | TeamDraft | None = None
    trigger: Trigger | None = None
    playground: bool = False
    conversation_id: UUID | None = None
    parent_run_id: UUID | None = None
    idempotency_key: str | None = None
    request_hash: bytes | None = None
    priority: int | None = None
    labels: Labels = NO_LABELS
    released: Released | None = None
    pins: Mapping[str, Json] | None = None
    """Of a workflow: results by the paths of nodes, which are then not executed. Such a run is not counted."""
    dry_run: bool = False
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A started run; ``is_replay`` when the idempotency key had been used for the same request before."""

    run: Run
    is_replay: bool


class RunSort(StrEnum):
    """The order of a list of runs; a minus is descending. Runs without the value come last."""

    NEWEST = "-created_at"
    LONGEST = "-duration_ms"
    SHORTEST = "duration_ms"
    DEAREST = "-cost_usd"
    CHEAPEST = "cost_usd"
    MOST_TOKENS = "-tokens"
    FEWEST_TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows; None leaves a criterion out. ``q`` is looked for in prompt, name, error and id.

    ``id_prefix`` is the beginning of an id, at least 8 characters as it is written.
    """

    status: RunStatus | None = None
    agent_id: UUID | None = None
    trigger: Trigger | None = None
    conversation_id: UUID | None = None
    parent_run_id: UUID | None = None
    deployment_id: UUID | None = None
    q: str | None = None
    outcome: Outcome | None = None
    labels: Labels = NO_LABELS
    """Only runs that have all of these."""
    feedback: FeedbackFilter | None = None
    id_prefix: str | None = None
    type: RunType | None = None
    target_id: UUID | None = None
    ended_after: datetime | None = None
    ended_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    min_duration_ms: int | None = None
    min_cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run about to be made. Instead of ``plan``, the hash of a stored one and the versions of the rows it was made of."""

    id: RunId
    target_id: UUID
    target_name: str
    plan: JsonObject | None
    input: JsonObject
    trigger: Trigger
    trace_id: str
    caller_span_id: str | None = None
    type: RunType = RunType.AGENT
    playground: bool = False
    dry_run: bool = False
    agent_id: UUID | None = None
    agent_version: int | None = None
    conversation_id: UUID | None = None
    parent_run_id: UUID | None = None
    forked_from_run_id: UUID | None = None
    retry_of_run_id: UUID | None = None
    deployment_id: UUID | None = None
    visitor_id: UUID | None = None
    triggered_by_id: UUID | None = None
    idempotency_key: str | None = None
    request_hash: bytes | None = None
    priority: int | None = None
    labels: Labels = NO_LABELS
    plan_hash: bytes | None = None
    sources: str | None = None


@dataclass(frozen=True, slots=True)
class StartOutcome:
    """The outcome of creating a run; when ``is_new`` is false, ``run_id`` names the one that has the key."""

    run_id: UUID
    is_new: bool
    known_hash: bytes | None
    made_at: datetime
    run_priority: int
    person_name: str | None
    plan_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A run that a cancellation ended: the event that tells it, and the job to abort."""

    run_id: UUID
    organization_id: UUID
    sequence: int
    job_id: int | None
    trigger: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """What a reconciliation repaired: jobs made again, runs reopened; and how many runs are pending, counted up to 1,000."""

    resubmitted: int
    reopened: int
    pending: int
