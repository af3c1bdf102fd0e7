"""Documents of external_agents. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from retinue.client.types.common import AgentPresence

__all__ = [
    "AddRunLogs",
    "AddRunThoughts",
    "AgentHeartbeat",
    "AgentKey",
    "AgentKeyList",
    "AnsweredWork",
    "ClaimWork",
    "ClaimedWork",
    "CompleteWork",
    "ExtendWork",
    "FailWork",
    "HeartbeatHistory",
    "HeartbeatReceipt",
    "HeldWork",
    "IssuedAgentKey",
    "NewLogLine",
    "NewThought",
    "ReportExecution",
    "ReportedExecution",
    "ReportedUsage",
    "RotateAgentKey",
    "SendHeartbeat",
    "WebhookSecret",
    "Work",
    "WorkRecords",
]


class NewLogLine(TypedDict):
    """A line of a run's log."""

    details: NotRequired[dict[str, Any] | None]
    id: NotRequired[str | UUID | None]
    level: NotRequired[Literal["debug", "info", "warning", "error"]]
    message: str
    timestamp: NotRequired[str | datetime | None]


class AddRunLogs(TypedDict):
    """Lines of a run that is not over."""

    lines: list[NewLogLine]


class NewThought(TypedDict):
    """A node of a run's mind map. One of the same node_id is replaced."""

    confidence_score: NotRequired[float | None]
    content: str
    metadata: NotRequired[dict[str, Any]]
    node_id: str
    node_type: NotRequired[Literal["input", "processing", "action", "output"]]
    parent_node_id: NotRequired[str | None]
    processing_time_ms: NotRequired[int | None]


class AddRunThoughts(TypedDict):
    """Thoughts of a run that is not over."""

    thoughts: list[NewThought]


class AgentHeartbeat(TypedDict):
    """A heartbeat as it was received."""

    cpu_percent: str | None
    memory_bytes: int | None
    received_at: str
    status: Literal["online", "error"]


class AgentKey(TypedDict):
    """A key of an external agent. ``prefix`` is its beginning, by which a person knows it."""

    agent_id: str
    created_at: str
    created_by: str | None
    expires_at: str | None
    id: str
    last_used_at: str | None
    prefix: str
    revoked_at: str | None


class AgentKeyList(TypedDict):
    """The keys of an agent, newest first, the revoked ones too."""

    items: list[AgentKey]


class AnsweredWork(TypedDict):
    """A run whose answer was taken. ``is_replay``: the same answer was taken before."""

    is_replay: bool
    run_id: str


class ClaimWork(TypedDict):
    """How work is claimed."""

    lease_seconds: NotRequired[float]
    wait_seconds: NotRequired[float]
    worker: NotRequired[str]


class Work(TypedDict):
    """A run that its agent has claimed until ``lease_until``, when another may claim it."""

    agent_id: str
    agent_version: int | None
    expires_at: str
    input: dict[str, Any]
    lease: int
    lease_until: str
    run_id: str


class ClaimedWork(TypedDict):
    """The run that an external agent has claimed; null when none came within the time that it waited."""

    work: Work | None


class ReportedUsage(TypedDict):
    """What the agent used."""

    cost_usd: NotRequired[float | str | None]
    input_tokens: NotRequired[int]
    output_tokens: NotRequired[int]


class CompleteWork(TypedDict):
    """What a run has resulted in. The same answer may be sent again."""

    external_execution_id: NotRequired[str | None]
    lease: int
    logs: NotRequired[list[NewLogLine]]
    message: NotRequired[str]
    output: Any
    status: NotRequired[Literal["success", "warning"]]
    thoughts: NotRequired[list[NewThought]]
    usage: NotRequired[ReportedUsage | None]


class ExtendWork(TypedDict):
    """How long a claimed run is held from now on. 0 gives it back to be claimed by another."""

    lease: int
    lease_seconds: NotRequired[float]


class FailWork(TypedDict):
    """Why a run has failed."""

    code: NotRequired[str]
    details: NotRequired[dict[str, Any] | None]
    lease: int
    logs: NotRequired[list[NewLogLine]]
    message: str
    thoughts: NotRequired[list[NewThought]]
    usage: NotRequired[ReportedUsage | None]


class HeartbeatHistory(TypedDict):
    """The heartbeats of an external agent in the last hours, newest first, and how often they are expected."""

    every_seconds: int
    grace_seconds: int
    items: list[AgentHeartbeat]
    last_heartbeat: str | None
    presence: AgentPresence


class HeartbeatReceipt(TypedDict):
    """Result of a heartbeat: when the next is expected, and within how many seconds it is not late."""

    agent_id: str
    every_seconds: int
    last_heartbeat: str
    next_within_seconds: int
    presence: AgentPresence


class HeldWork(TypedDict):
    """Until when a run is held."""

    lease: int
    lease_until: str
    run_id: str


class IssuedAgentKey(TypedDict):
    """A new key with its text, which is shown this once and stored nowhere."""

    agent_key: AgentKey
    key: str


class ReportExecution(TypedDict):
    """Something that the agent has carried out by itself: it becomes a run with the trigger `external`."""

    completed_at: NotRequired[str | datetime | None]
    details: NotRequired[dict[str, Any] | None]
    external_execution_id: NotRequired[str | None]
    input: NotRequired[dict[str, Any]]
    logs: NotRequired[list[NewLogLine]]
    message: NotRequired[str]
    output: NotRequired[Any]
    started_at: NotRequired[str | datetime | None]
    status: Literal["success", "warning", "error"]
    thoughts: NotRequired[list[NewThought]]
    usage: NotRequired[ReportedUsage | None]


class ReportedExecution(TypedDict):
    """A run that an agent has carried out by itself. ``is_replay``: it was reported before."""

    is_replay: bool
    run_id: str
    status: str


class RotateAgentKey(TypedDict):
    """How a key is replaced."""

    overlap_seconds: NotRequired[int]


class SendHeartbeat(TypedDict):
    """State of an external agent."""

    cpu_percent: NotRequired[float | str | None]
    memory_bytes: NotRequired[int | None]
    status: NotRequired[Literal["online", "error"]]


class WebhookSecret(TypedDict):
    """A new signing secret, which is shown this once. The former one signs too until ``former_until``."""

    former_until: str | None
    secret: str


class WorkRecords(TypedDict):
    """How many log lines and thoughts were taken."""

    logs: int
    thoughts: int
