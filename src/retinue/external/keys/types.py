"""Keys of external agents: the rows, and the one answer that holds the key."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A key of an external agent. ``prefix`` is its beginning, by which a person knows it."""

    id: UUID
    agent_id: UUID
    prefix: str
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: UUID | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgentKeyList:
    """The keys of an agent, newest first, the revoked ones too."""

    items: list[AgentKey]


@dataclass(frozen=True, slots=True)
class IssuedAgentKey:
    """A new key with its text, which is shown this once and stored nowhere."""

    key: str
    agent_key: AgentKey


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A new signing secret, which is shown this once. The former one signs too until ``former_until``."""

    secret: str
    former_until: datetime | None
