"""Documents of workflows. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common_2 import ServingConfig, ServingConfigInput

__all__ = [
    "CreateWorkflow",
    "ImportGraph",
    "ImportedGraph",
    "ProgramGap",
    "PublishWorkflow",
    "RunFromNode",
    "StartWorkflowRun",
    "StartedByWebhook",
    "TriggerConfig",
    "UpdateWorkflow",
    "ValidateWorkflow",
    "Workflow",
    "WorkflowAuthor",
    "WorkflowCostPreview",
    "WorkflowDiff",
    "WorkflowDifference",
    "WorkflowFieldDifference",
    "WorkflowFinding",
    "WorkflowNodeCost",
    "WorkflowProgram",
    "WorkflowReport",
    "WorkflowStatus",
    "WorkflowSummary",
    "WorkflowSummaryPage",
    "WorkflowVersion",
    "WorkflowVersionPage",
    "WorkflowWebhook",
]


class TriggerConfig(TypedDict):
    """The column ``workflows.trigger_config``: what may start runs of the workflow."""

    api: NotRequired[bool]
    manual: NotRequired[bool]
    webhook: NotRequired[bool]


class CreateWorkflow(TypedDict):
    """A new workflow. Its name and description are those of the definition."""

    agent_id: NotRequired[str | UUID | None]
    definition: dict[str, Any]
    deployment_config: NotRequired[ServingConfigInput]
    note: NotRequired[str]
    trigger_config: NotRequired[TriggerConfig]


class ImportGraph(TypedDict):
    """A LangGraph graph to import: send `graph` or `function`."""

    function: NotRequired[str | None]
    graph: NotRequired[dict[str, Any] | None]
    name: str


class ProgramGap(TypedDict):
    """What of a workflow or a graph was not carried over; ``path`` names the node, or an edge as ``node > …"""

    message: str
    path: str


class ImportedGraph(TypedDict):
    """A LangGraph graph as a definition, which is not saved; and what of the graph it does not say."""

    definition: dict[str, Any]
    unmapped: list[ProgramGap]


class PublishWorkflow(TypedDict):
    """The version that runs take from now on; without one, the newest."""

    version: NotRequired[int | None]


class RunFromNode(TypedDict):
    """A node of a finished run of a workflow to run from. Tags and metadata are those of the run when left out."""

    dry_run: NotRequired[bool]
    input: NotRequired[Any]
    metadata: NotRequired[dict[str, str] | None]
    node: str
    pins: NotRequired[dict[str, Any]]
    tags: NotRequired[list[str] | None]
    version: NotRequired[Literal["recorded", "newest"]]
    visit: NotRequired[int | None]


class StartWorkflowRun(TypedDict):
    """A run of a workflow to start."""

    dry_run: NotRequired[bool]
    input: NotRequired[dict[str, Any]]
    limits: NotRequired[dict[str, Any] | None]
    metadata: NotRequired[dict[str, str]]
    pins: NotRequired[dict[str, Any]]
    playground: NotRequired[bool]
    priority: NotRequired[int | None]
    tags: NotRequired[list[str]]


class StartedByWebhook(TypedDict):
    """The run that a webhook started; ``is_replay``: it was started when the message came the first time."""

    is_replay: bool
    run_id: str


class UpdateWorkflow(TypedDict):
    """What to change; a field that is left out stays as it is."""

    agent_id: NotRequired[str | UUID | None]
    definition: NotRequired[dict[str, Any]]
    deployment_config: NotRequired[ServingConfigInput]
    is_active: NotRequired[bool]
    is_paused: NotRequired[bool]
    note: NotRequired[str]
    trigger_config: NotRequired[TriggerConfig]
    version: NotRequired[int]


class ValidateWorkflow(TypedDict):
    """A definition to look at."""

    definition: dict[str, Any]


WorkflowStatus: TypeAlias = Literal["inactive", "active", "paused", "error"]


class Workflow(TypedDict):
    """A workflow. ``definition`` is that of the newest version; ``deployment_config`` says how it is deployed."""

    active_version: int | None
    agent_id: str | None
    created_at: str
    created_by: str | None
    definition: dict[str, Any]
    deployment_config: ServingConfig
    description: str
    error_count: int
    execution_count: int
    id: str
    is_active: bool
    is_paused: bool
    last_execution: str | None
    n8n_workflow_id: str | None
    name: str
    next_execution: str | None
    organization_id: str
    status: WorkflowStatus
    success_count: int
    trigger_config: TriggerConfig
    updated_at: str
    version: int


class WorkflowAuthor(TypedDict):
    """Who made a version; ``full_name`` is empty for a user who has left."""

    full_name: str
    id: str


class WorkflowNodeCost(TypedDict):
    """The most that a node may cost in one run."""

    cost_per_execution_usd: str | None
    cost_usd: str | None
    executions: int
    name: str
    node_id: str
    reason: str
    type: str


class WorkflowCostPreview(TypedDict):
    """The most that a run of a version may cost: the sum of the nodes with known bounds, in US dollars."""

    cost_usd: str
    is_complete: bool
    limit_usd: str | None
    nodes: list[WorkflowNodeCost]
    version: int
    workflow_id: str


class WorkflowFieldDifference(TypedDict):
    """A field that differs; null where it is not set."""

    after: Any
    before: Any
    field: str


class WorkflowDifference(TypedDict):
    """One difference."""

    fields: list[WorkflowFieldDifference]
    kind: Literal["added", "removed", "changed"]
    message: str
    part: Literal["node", "edge", "state", "field"]
    path: str
    source: str | None
    target: str | None


class WorkflowDiff(TypedDict):
    """What two versions of a workflow mean differently, and both definitions, to draw them as one."""

    after: dict[str, Any]
    after_version: int
    before: dict[str, Any]
    before_version: int
    changes: list[WorkflowDifference]
    workflow_id: str


class WorkflowFinding(TypedDict):
    """A finding in a workflow's definition."""

    code: str
    column: int | None
    line: int | None
    message: str
    node: str | None
    path: str
    severity: str
    suggestion: str | None


class WorkflowProgram(TypedDict):
    """A version of a workflow as a Python program for LangGraph, and what that does not do."""

    gaps: list[ProgramGap]
    source: str
    version: int


class WorkflowReport(TypedDict):
    """All findings in a definition; it is valid, and can be saved, when none is an error."""

    findings: list[WorkflowFinding]
    is_valid: bool


class WorkflowSummary(TypedDict):
    """A workflow without its definition."""

    active_version: int | None
    agent_id: str | None
    created_at: str
    created_by: str | None
    description: str
    error_count: int
    execution_count: int
    id: str
    is_active: bool
    is_paused: bool
    last_execution: str | None
    n8n_workflow_id: str | None
    name: str
    next_execution: str | None
    organization_id: str
    status: WorkflowStatus
    success_count: int
    trigger_config: TriggerConfig
    updated_at: str
    version: int


class WorkflowSummaryPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[WorkflowSummary]
    next_cursor: str | None


class WorkflowVersion(TypedDict):
    """What a workflow was at one version. ``definition_hash`` is the SHA-256 of what it means, in hex."""

    created_at: str
    created_by: WorkflowAuthor | None
    definition: dict[str, Any]
    definition_hash: str
    note: str
    version: int
    workflow_id: str


class WorkflowVersionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[WorkflowVersion]
    next_cursor: str | None


class WorkflowWebhook(TypedDict):
    """How a workflow is called by webhook: ``secret`` signs the requests by Standard Webhooks, and is shown …"""

    path: str
    secret: str
    workflow_id: str
