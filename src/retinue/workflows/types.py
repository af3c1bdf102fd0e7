"""Values of workflows as they leave this package."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from retinue.agents.types import Release
from retinue.core.json import JsonObject
from retinue.core.strict import StrictTypes
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.workflow.changes import Difference

MOST_LEVELS: Final = 5
"""So many workflows may start one another in a row."""


class WorkflowStatus(StrEnum):
    """Status of a workflow: inactive (accepts no triggers), active, paused (begins no runs), error (its last run failed)."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    PAUSED = "paused"
    ERROR = "error"


class TriggerConfig(StrictTypes, BaseModel):
    """The column ``workflows.trigger_config``: what may start runs of the workflow.

    ``manual`` are persons, in the console or on the command line; ``api`` are API keys, and ``webhook`` signed requests to
    the workflow's webhook, while the workflow is active.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    manual: bool = True
    api: bool = True
    webhook: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowDefinition:
    """What is set of a workflow. ``definition`` is a document of format ``retinue.workflow/1``."""

    definition: JsonObject
    agent_id: uuid.UUID | None = None
    trigger_config: TriggerConfig = field(default_factory=TriggerConfig)
    deployment_config: ServingConfig = field(default_factory=ServingConfig)


@dataclass(frozen=True, slots=True)
class WorkflowSummary:
    """A workflow without its definition.

    ``version`` is the newest version, ``active_version`` the published one, which runs take. ``execution_count`` counts
    every run outside the playground, each once; ``success_count`` those that completed, ``error_count`` those that failed.
    ``last_execution`` is when the newest began; ``next_execution`` when a schedule starts one. ``agent_id`` names the agent
    whose variables the workflow uses. ``n8n_workflow_id`` is the workflow of n8n that carries it out, if any.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    agent_id: uuid.UUID | None
    name: str
    description: str
    version: int
    active_version: int | None
    is_active: bool
    is_paused: bool
    status: WorkflowStatus
    trigger_config: TriggerConfig
    n8n_workflow_id: str | None
    last_execution: datetime | None
    next_execution: datetime | None
    execution_count: int
    success_count: int
    error_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Workflow(WorkflowSummary):
    """A workflow. ``definition`` is that of the newest version; ``deployment_config`` says how it is deployed."""

    definition: JsonObject
    deployment_config: ServingConfig


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a run is to begin: by a person, an API key, a schedule, another workflow or n8n; and whether it is a trial."""

    trigger: Literal["manual", "api", "schedule", "webhook", "workflow", "n8n"]
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowStanding:
    """What decides whether a run of a workflow may begin, and which version it takes; without what is counted."""

    id: uuid.UUID
    name: str
    agent_id: uuid.UUID | None
    version: int
    active_version: int | None
    is_active: bool
    is_paused: bool
    trigger_config: TriggerConfig
    n8n_workflow_id: str | None


@dataclass(frozen=True, slots=True)
class WorkflowWebhook:
    """How a workflow is called by webhook: ``secret`` signs the requests by Standard Webhooks, and is shown once."""

    workflow_id: uuid.UUID
    path: str
    secret: str


@dataclass(frozen=True, slots=True)
class WorkflowAuthor:
    """Who made a version; ``full_name`` is empty for a user who has left."""

    id: uuid.UUID
    full_name: str


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """What a workflow was at one version. ``definition_hash`` is the SHA-256 of what it means, in hex."""

    workflow_id: uuid.UUID
    version: int
    definition: JsonObject
    definition_hash: str
    note: str
    created_by: WorkflowAuthor | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorkflowDiff:
    """What two versions of a workflow mean differently, and both definitions, to draw them as one."""

    workflow_id: uuid.UUID
    before_version: int
    after_version: int
    before: JsonObject
    after: JsonObject
    changes: list[Difference]


@dataclass(frozen=True, slots=True)
class WorkflowFinding:
    """A finding in a workflow's definition.

    ``path`` is a JSON pointer into it, ``node`` the id of the node; ``line`` and ``column`` count from 1 within the text at
    the path. ``severity`` is error or warning.
    """

    path: str
    code: str
    message: str
    severity: str
    node: str | None
    suggestion: str | None
    line: int | None
    column: int | None


@dataclass(frozen=True, slots=True)
class WorkflowReport:
    """All findings in a definition; it is valid, and can be saved, when none is an error."""

    is_valid: bool
    findings: list[WorkflowFinding]


@dataclass(frozen=True, slots=True)
class ProgramGap:
    """What of a workflow or a graph was not carried over; ``path`` names the node, or an edge as ``node > node``."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class WorkflowProgram:
    """A version of a workflow as a Python program for LangGraph, and what that does not do."""

    version: int
    source: str
    gaps: list[ProgramGap]


@dataclass(frozen=True, slots=True)
class ImportedGraph:
    """A LangGraph graph as a definition, which is not saved; and what of the graph it does not say."""

    definition: JsonObject
    unmapped: list[ProgramGap]


@dataclass(frozen=True, slots=True)
class NodeTarget:
    """What a node refers to: an agent, a team, a workflow or a tool (``kind``), by id and name. ``node_id`` is its path.

    ``release`` is the version of it that a deployed workflow starts.
    """

    node_id: str
    kind: str
    id: uuid.UUID
    name: str
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class WorkflowForRun:
    """A version of a workflow as a run freezes it, with what its nodes refer to; or the workflow of n8n that is run."""

    id: uuid.UUID
    name: str
    version: int
    agent_id: uuid.UUID | None
    definition: JsonObject
    targets: tuple[NodeTarget, ...]
    n8n_workflow_id: str | None = None
