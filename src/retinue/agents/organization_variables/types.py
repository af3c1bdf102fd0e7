"""Values of the organization's variables as they leave this package. A secret's value is never among them."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OrganizationVariable:
    """A variable that all agents and tools of the organization may use; an agent's own variable of the name comes first.

    ``value`` is null for a secret one and for one without a value. ``rotated_at`` is when the value was set;
    ``rotation_due_at`` is ``rotation_days`` later, null without such a number.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    description: str
    value: str | None
    is_secret: bool
    has_value: bool
    rotation_days: int | None
    rotated_at: datetime
    rotation_due_at: datetime | None
    is_rotation_due: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewOrganizationVariable:
    """A variable to be created; a secret's value is sealed before it is stored. ``rotation_days`` None: no reminder."""

    name: str
    description: str = ""
    value: str | None = None
    is_secret: bool = False
    rotation_days: int | None = None


@dataclass(frozen=True, slots=True)
class VariableUser:
    """An agent or a tool that uses a variable."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class VariableUses:
    """Which agents and tools use a variable, 100 of each at most.

    An agent uses it in its instructions or in the settings of a tool, unless it has its own variable of this name. A tool
    uses it in its configuration or in its credentials.
    """

    agents: tuple[VariableUser, ...]
    tools: tuple[VariableUser, ...]
