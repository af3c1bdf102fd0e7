"""Deployments as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.agents.types import Release
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import DeploymentConfig, ServingConfig
from retinue.engine.spec.input import PromptInput
from retinue.runs.types import RunStatus, RunType


class DeploymentStatus(StrEnum):
    """Where a deployment stands. At most one of a target is deployed; ``failed`` and ``stopped`` are ends."""

    PENDING = "pending"
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    FAILED = "failed"
    STOPPED = "stopped"


class TriggerType(StrEnum):
    """What made a deployment: a person, a saved version, or an instant that was set."""

    MANUAL = "manual"
    CONFIG_CHANGE = "config_change"
    SCHEDULED = "scheduled"


class CheckStatus(StrEnum):
    """Where a check stands."""

    PENDING = "pending"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a version needs to run: definition, variables, parameters, model, tools or webhook."""

    name: str
    status: CheckStatus
    message: str | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A released version of a target.

    ``snapshot`` is the version's, with its ``deployment_config``; that of a team also names the versions of its members
    (``releases``), that of a workflow those of what its nodes start (``targets``). ``trigger_config`` is {"deploy_at"} of a
    scheduled one, {"delay_seconds"} of one that a saved version made, {"rolled_back_to"} of one that goes back to an earlier
    one. ``deployment_url`` is the address of the target's runs, the same for all of its deployments; ``chat_url`` that of
    its chat page, if it offers one.
    """

    id: UUID
    organization_id: OrganizationId
    target_type: RunType
    target_id: UUID
    agent_id: UUID | None
    team_id: UUID | None
    workflow_id: UUID | None
    name: str
    version: int
    snapshot: JsonObject
    status: DeploymentStatus
    trigger_type: TriggerType
    trigger_config: JsonObject
    note: str
    checks: list[Check]
    deployment_url: str
    chat_url: str | None
    error_message: str | None
    created_by: UUID | None
    created_by_name: str | None
    began_at: datetime | None
    deployed_at: datetime | None
    stopped_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """What is asked for: a version of a target (None: the newest), at once or at an instant."""

    target_type: RunType
    target_id: UUID
    version: int | None = None
    note: str = ""
    deploy_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """What callers and visitors see of a target."""

    name: str
    description: str
    icon: str


@dataclass(frozen=True, slots=True)
class Served:
    """The deployed version of a target, as its URL serves it. ``prompt``: where an input holds what a visitor says."""

    deployment_id: UUID
    organization_id: OrganizationId
    target_type: RunType
    target_id: UUID
    release: Release
    config: ServingConfig
    face: Face
    prompt: PromptInput | None = None

    @property
    def priority(self) -> int:
        """The priority of runs of the deployment."""
        return self.config.priority if isinstance(self.config, DeploymentConfig) else 0


@dataclass(frozen=True, slots=True)
class RunProblem:
    """Why a run failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DeployedRun:
    """A run that was started at a deployment's URL, as its caller sees it."""

    id: UUID
    deployment_id: UUID
    version: int | None
    status: RunStatus
    output: Json
    error: RunProblem | None
    duration_ms: int | None
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What a visitor said, and what was answered: the run's status, its answer, or that it failed."""

    run_id: UUID
    content: str
    status: RunStatus
    answer: str | None
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat page of a deployment, as one visitor sees it."""

    name: str
    description: str
    icon: str
    greeting: str
    messages: list[ChatMessage]
