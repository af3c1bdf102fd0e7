"""Operations of variables. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.variables import (
    CreateOrganizationVariable,
    OrganizationVariable,
    OrganizationVariablePage,
    UpdateOrganizationVariable,
    VariableUses,
)


class VariablesApi(Resource):
    """Operations of variables."""

    def list(self) -> OrganizationVariablePage:
        """List the organization's variables by name. Values of secret variables are never returned."""
        return self._connection.json("GET", "/variables")

    def create(self, **body: Unpack[CreateOrganizationVariable]) -> OrganizationVariable:
        """Create a variable that all agents and tools of the organization may use as `{{name}}`."""
        return self._connection.json("POST", "/variables", body=body)

    def get(self, organization_variable_id: str, /) -> OrganizationVariable:
        """Return a variable of the organization."""
        return self._connection.json("GET", path("variables", organization_variable_id))

    def update(self, organization_variable_id: str, /, **body: Unpack[UpdateOrganizationVariable]) -> OrganizationVariable:
        """Update a variable."""
        return self._connection.json("PATCH", path("variables", organization_variable_id), body=body)

    def delete(self, organization_variable_id: str, /) -> None:
        """Delete a variable that no agent and no tool uses."""
        self._connection.nothing("DELETE", path("variables", organization_variable_id))

    def get_uses(self, organization_variable_id: str, /) -> VariableUses:
        """Return which agents and tools use a variable."""
        return self._connection.json("GET", path("variables", organization_variable_id, "uses"))
