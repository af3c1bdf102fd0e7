"""Documents of variables. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import NotRequired, TypedDict

__all__ = [
    "CreateOrganizationVariable",
    "OrganizationVariable",
    "OrganizationVariablePage",
    "UpdateOrganizationVariable",
    "VariableUser",
    "VariableUses",
]


class CreateOrganizationVariable(TypedDict):
    """A new variable of the organization. The value of a secret one is stored encrypted and never returned."""

    description: NotRequired[str]
    is_secret: NotRequired[bool]
    name: str
    rotation_days: NotRequired[int | None]
    value: NotRequired[str | None]


class OrganizationVariable(TypedDict):
    """A variable that all agents and tools of the organization may use; an agent's own variable of the name …"""

    created_at: str
    created_by: str | None
    description: str
    has_value: bool
    id: str
    is_rotation_due: bool
    is_secret: bool
    name: str
    organization_id: str
    rotated_at: str
    rotation_days: int | None
    rotation_due_at: str | None
    updated_at: str
    value: str | None


class OrganizationVariablePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[OrganizationVariable]
    next_cursor: str | None


class UpdateOrganizationVariable(TypedDict):
    """Fields to change. Omitted fields are not changed. ``value: null`` removes the value."""

    description: NotRequired[str]
    is_secret: NotRequired[bool]
    name: NotRequired[str]
    rotation_days: NotRequired[int | None]
    value: NotRequired[str | None]


class VariableUser(TypedDict):
    """An agent or a tool that uses a variable."""

    id: str
    name: str


class VariableUses(TypedDict):
    """Which agents and tools use a variable, 100 of each at most."""

    agents: list[VariableUser]
    tools: list[VariableUser]
