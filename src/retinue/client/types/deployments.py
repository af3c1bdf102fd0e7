"""Documents of deployments. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common import RunType
from retinue.client.types.common_2 import DeploymentStatus

__all__ = [
    "CreateDeployment",
    "Deployment",
    "DeploymentCheck",
    "DeploymentCheckStatus",
    "DeploymentPage",
    "DeploymentTrigger",
]


class CreateDeployment(TypedDict):
    """A version to deploy."""

    deploy_at: NotRequired[str | datetime | None]
    note: NotRequired[str]
    target_id: str | UUID
    target_type: NotRequired[RunType]
    version: NotRequired[int | None]


DeploymentCheckStatus: TypeAlias = Literal["pending", "running", "passed", "failed"]


class DeploymentCheck(TypedDict):
    """One thing that a version needs to run: definition, variables, parameters, model, tools or webhook."""

    message: str | None
    name: str
    status: DeploymentCheckStatus


DeploymentTrigger: TypeAlias = Literal["manual", "config_change", "scheduled"]


class Deployment(TypedDict):
    """A released version of a target."""

    agent_id: str | None
    began_at: str | None
    chat_url: str | None
    checks: list[DeploymentCheck]
    created_at: str
    created_by: str | None
    created_by_name: str | None
    deployed_at: str | None
    deployment_url: str
    error_message: str | None
    id: str
    name: str
    note: str
    organization_id: str
    snapshot: dict[str, Any]
    status: DeploymentStatus
    stopped_at: str | None
    target_id: str
    target_type: RunType
    team_id: str | None
    trigger_config: dict[str, Any]
    trigger_type: DeploymentTrigger
    updated_at: str
    version: int
    workflow_id: str | None


class DeploymentPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Deployment]
    next_cursor: str | None
