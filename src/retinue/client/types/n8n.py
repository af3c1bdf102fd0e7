"""Documents of n8n. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from retinue.client.types.common import RunType

__all__ = [
    "CallbackAccepted",
    "ConnectN8n",
    "LinkN8nWorkflow",
    "N8nCallback",
    "N8nCheck",
    "N8nConnection",
    "N8nEdge",
    "N8nExecution",
    "N8nLink",
    "N8nLinkPage",
    "N8nNode",
    "N8nResume",
    "N8nWorkflow",
    "N8nWorkflowPage",
    "StartForN8n",
    "UpdateN8nLink",
]


class CallbackAccepted(TypedDict):
    """What a callback did. ``is_replay``: the run had its result already, and keeps it."""

    is_replay: bool
    run_id: str


class ConnectN8n(TypedDict):
    """How n8n is reached. A secret that is left out stays as it is, while the address stays the same."""

    api_key: NotRequired[str | None]
    base_url: str
    callback_url: NotRequired[str | None]
    webhook_header: NotRequired[str | None]
    webhook_secret: NotRequired[str | None]
    webhook_url: NotRequired[str | None]


class LinkN8nWorkflow(TypedDict):
    """A workflow of n8n, and the workflow of Retinue that it is to carry out; without one, a new workflow is …"""

    imports_runs: NotRequired[bool]
    n8n_workflow_id: str
    workflow_id: NotRequired[str | UUID | None]


class N8nCallback(TypedDict):
    """What n8n sends at the end of a workflow: see the snippet in docs/n8n.md."""

    error: NotRequired[str | None]
    execution_id: NotRequired[str | int | None]
    output: NotRequired[Any]
    token: str


class N8nCheck(TypedDict):
    """The outcome of a test of the connection: whether n8n answered and accepted the key, and in how many …"""

    duration_ms: int
    is_ok: bool
    message: str
    remedy: str | None


class N8nConnection(TypedDict):
    """How an organization reaches its n8n. The API key and the webhook's secret are never returned."""

    base_url: str
    callback_url: str | None
    checked_at: str | None
    created_at: str
    has_api_key: bool
    has_webhook_secret: bool
    last_error: str | None
    linked_count: int
    updated_at: str
    webhook_header: str | None
    webhook_url: str | None


class N8nEdge(TypedDict):
    """A connection between two nodes of n8n, by their names."""

    source: str
    target: str


class N8nExecution(TypedDict):
    """What a run is in n8n."""

    execution_id: str | None
    last_error: str | None
    looked_at: str | None
    run_id: str
    status: str | None
    url: str | None
    wait_till: str | None


class N8nNode(TypedDict):
    """A node of a workflow in n8n, with its place on n8n's canvas."""

    is_disabled: bool
    name: str
    type: str
    x: float
    y: float


class N8nLink(TypedDict):
    """A workflow that n8n carries out."""

    connections: list[N8nEdge]
    created_at: str
    imports_runs: bool
    last_error: str | None
    looked_at: str | None
    n8n_is_active: bool
    n8n_name: str
    n8n_workflow_id: str
    nodes: list[N8nNode]
    response_mode: str | None
    updated_at: str
    url: str
    webhook_method: str | None
    webhook_path: str | None
    workflow_id: str


class N8nLinkPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[N8nLink]
    next_cursor: str | None


class N8nResume(TypedDict):
    """An n8n execution that waits for a run: waiting for the run's end, sending, sent, or dead after all …"""

    attempts: int
    last_error: str | None
    run_id: str
    sent_at: str | None
    state: str


class N8nWorkflow(TypedDict):
    """A workflow as n8n has it. ``workflow_id`` is the workflow of Retinue that is linked to it."""

    can_start: bool
    id: str
    is_active: bool
    is_archived: bool
    name: str
    tags: list[str]
    updated_at: str | None
    url: str
    workflow_id: str | None


class N8nWorkflowPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[N8nWorkflow]
    next_cursor: str | None


class StartForN8n(TypedDict):
    """A run that an execution of n8n waits for."""

    input: NotRequired[dict[str, Any]]
    resume_url: str
    target_id: str | UUID
    type: RunType


class UpdateN8nLink(TypedDict):
    """What to change of a link."""

    imports_runs: NotRequired[bool]
