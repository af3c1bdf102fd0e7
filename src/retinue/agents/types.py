"""Values of agents as they leave this package."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.json import JsonObject
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig


class Category(StrEnum):
    """Where an agent belongs in the gallery. ``popular`` also takes in what is used most."""

    CUSTOMER_SERVICE = "customer-service"
    SALES = "sales"
    ENGINEERING = "engineering"
    SUPPORT = "support"
    MARKETING = "marketing"
    IT = "it"
    HR = "hr"
    POPULAR = "popular"


class AgentType(StrEnum):
    """Whether an agent is an automation or an assistant."""

    AUTOMATION = "automation"
    ASSISTIVE = "assistive"


class Runtime(StrEnum):
    """Whether an agent is hosted by Retinue or external and called through its webhook."""

    HOSTED = "hosted"
    EXTERNAL = "external"


class Status(StrEnum):
    """Status of an agent. ``error`` is set by the platform."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    PAUSED = "paused"
    ERROR = "error"


class Presence(StrEnum):
    """Whether an agent is reachable."""

    ONLINE = "online"
    OFFLINE = "offline"
    ERROR = "error"


CUSTOM = "custom"
KNOWN_TYPES = (
    "market",
    "websearch",
    "media",
    "alarm",
    "finance",
    "incident",
    "release-notes",
    "recruiting",
    "sales",
    "support",
    CUSTOM,
)
"""The types of the built-in templates, and that of agents without one. Any other valid name may be given."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What an agent is: what its versions keep."""

    name: str
    description: str
    icon: str
    category: Category
    agent_type: AgentType
    runtime: Runtime
    instructions: str
    config: AgentConfig
    deployment_config: DeploymentConfig
    webhook_url: str | None
    type: str = CUSTOM
    """What the agent is for, as its template has it: market, websearch, …; see ``KNOWN_TYPES``."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent. ``warnings`` say what would make a run fail or do less than is written."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    description: str
    icon: str
    category: Category
    type: str
    agent_type: AgentType
    runtime: Runtime
    template_id: uuid.UUID | None
    is_custom: bool
    instructions: str
    config: AgentConfig
    deployment_config: DeploymentConfig
    webhook_url: str | None
    status: Status
    status_reason: str | None
    presence: Presence
    last_heartbeat: datetime | None
    last_activity: datetime | None
    version: int
    warnings: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """What a person tries out without saving it: it takes the place of what is saved, for one run."""

    instructions: str | None = None
    config: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is deployed: it takes the place of what is saved. ``snapshot`` is that of the version."""

    version: int
    snapshot: JsonObject


@dataclass(frozen=True, slots=True)
class AgentForRun:
    """An agent as a run freezes it. ``instructions`` still hold {{variables}}; all of them are among ``variables``.

    ``config.tools[].settings`` may mention ``secret_names``; their values are looked up when a tool is called.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    name: str
    version: int
    agent_type: AgentType
    runtime: Runtime
    webhook_url: str | None
    instructions: str
    config: AgentConfig
    deployment_config: DeploymentConfig
    variables: Mapping[str, str]
    secret_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeartbeatReceipt:
    """Result of a heartbeat: when the next is expected, and within how many seconds it is not late."""

    agent_id: uuid.UUID
    presence: Presence
    last_heartbeat: datetime
    next_within_seconds: int
    every_seconds: int


def presence_key(agent_id: uuid.UUID) -> str:
    """Return the key under which an agent's presence is published."""
    return f"agent:{agent_id}:status"


def measures_key(agent_id: uuid.UUID) -> str:
    """Return the key under which an agent's CPU, memory and last run are published."""
    return f"agent:{agent_id}:metrics"


def keys_of(agent_id: uuid.UUID) -> tuple[str, str]:
    """Return every key under which something of an agent is published."""
    return presence_key(agent_id), measures_key(agent_id)
