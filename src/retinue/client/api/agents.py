"""Operations of agents. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.agents import (
    Agent,
    AgentCategory,
    AgentPage,
    AgentTemplate,
    AgentTemplatePage,
    AgentVersion,
    AgentVersionDiff,
    AgentVersionPage,
    CreateAgent,
    CreateTemplate,
    CreateVariable,
)
from retinue.client.types.agents_2 import UpdateAgent, UpdateTemplate, UpdateVariable, Variable, VariablePage
from retinue.client.types.common import AgentStatus


class AgentsApi(Resource):
    """Operations of agents."""

    def list_templates(
        self,
        *,
        q: str | None = None,
        category: AgentCategory | None = None,
        type: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AgentTemplatePage:
        """List templates: built-in ones, public ones, and the organization's own; newest first."""
        return self._connection.json(
            "GET", "/agent-templates", query={"q": q, "category": category, "type": type, "limit": limit, "cursor": cursor}
        )

    def iterate_templates(
        self,
        *,
        q: str | None = None,
        category: AgentCategory | None = None,
        type: str | None = None,
        limit: int | None = None,
    ) -> Iterator[AgentTemplate]:
        """Iterate over what ``list_templates`` lists, page after page."""
        return self._connection.items("/agent-templates", query={"q": q, "category": category, "type": type, "limit": limit})

    def create_template(self, **body: Unpack[CreateTemplate]) -> AgentTemplate:
        """Save an agent as a template. A public one has no model and no values except those in `public_values`."""
        return self._connection.json("POST", "/agent-templates", body=body)

    def get_template(self, template_id: str, /) -> AgentTemplate:
        """Return a template."""
        return self._connection.json("GET", path("agent-templates", template_id))

    def update_template(self, template_id: str, /, **body: Unpack[UpdateTemplate]) -> AgentTemplate:
        """Update a template of the organization."""
        return self._connection.json("PATCH", path("agent-templates", template_id), body=body)

    def delete_template(self, template_id: str, /) -> None:
        """Delete a template of the organization. Agents created from it are kept."""
        self._connection.nothing("DELETE", path("agent-templates", template_id))

    def list(
        self,
        *,
        q: str | None = None,
        category: AgentCategory | None = None,
        status: AgentStatus | None = None,
        type: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AgentPage:
        """List the organization's agents, newest first."""
        return self._connection.json(
            "GET",
            "/agents",
            query={"q": q, "category": category, "status": status, "type": type, "limit": limit, "cursor": cursor},
        )

    def iterate(
        self,
        *,
        q: str | None = None,
        category: AgentCategory | None = None,
        status: AgentStatus | None = None,
        type: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Agent]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/agents", query={"q": q, "category": category, "status": status, "type": type, "limit": limit}
        )

    def create(self, **body: Unpack[CreateAgent]) -> Agent:
        """Create an agent, from scratch or from a template."""
        return self._connection.json("POST", "/agents", body=body)

    def get(self, agent_id: str, /) -> Agent:
        """Return an agent."""
        return self._connection.json("GET", path("agents", agent_id))

    def update(self, agent_id: str, /, **body: Unpack[UpdateAgent]) -> Agent:
        """Update an agent. Each change creates a version."""
        return self._connection.json("PATCH", path("agents", agent_id), body=body)

    def delete(self, agent_id: str, /) -> None:
        """Delete an agent that has no unfinished runs. Records of its runs are kept."""
        self._connection.nothing("DELETE", path("agents", agent_id))

    def activate(self, agent_id: str, /) -> Agent:
        """Activate an agent, so that it can be run."""
        return self._connection.json("POST", path("agents", agent_id, "activate"))

    def duplicate(self, agent_id: str, /) -> Agent:
        """Copy an agent with its variables."""
        return self._connection.json("POST", path("agents", agent_id, "duplicate"))

    def pause(self, agent_id: str, /) -> Agent:
        """Pause an agent: it starts no more runs, and its active runs continue."""
        return self._connection.json("POST", path("agents", agent_id, "pause"))

    def list_variables(self, agent_id: str, /) -> VariablePage:
        """List an agent's variables by name. Values of secret variables are never returned."""
        return self._connection.json("GET", path("agents", agent_id, "variables"))

    def create_variable(self, agent_id: str, /, **body: Unpack[CreateVariable]) -> Variable:
        """Add a variable, to be used as `{{name}}` in instructions and tool settings."""
        return self._connection.json("POST", path("agents", agent_id, "variables"), body=body)

    def update_variable(self, agent_id: str, variable_id: str, /, **body: Unpack[UpdateVariable]) -> Variable:
        """Update a variable. Active runs keep the value they started with, except for secret variables."""
        return self._connection.json("PATCH", path("agents", agent_id, "variables", variable_id), body=body)

    def delete_variable(self, agent_id: str, variable_id: str, /) -> None:
        """Delete a variable."""
        self._connection.nothing("DELETE", path("agents", agent_id, "variables", variable_id))

    def list_versions(self, agent_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> AgentVersionPage:
        """List an agent's versions with their authors and notes, newest first."""
        return self._connection.json("GET", path("agents", agent_id, "versions"), query={"limit": limit, "cursor": cursor})

    def iterate_versions(self, agent_id: str, /, *, limit: int | None = None) -> Iterator[AgentVersion]:
        """Iterate over what ``list_versions`` lists, page after page."""
        return self._connection.items(path("agents", agent_id, "versions"), query={"limit": limit})

    def get_version(self, agent_id: str, version: int, /) -> AgentVersion:
        """Return a version of an agent."""
        return self._connection.json("GET", path("agents", agent_id, "versions", version))

    def compare_versions(self, agent_id: str, version: int, /, *, against: int | None = None) -> AgentVersionDiff:
        """Compare two versions: words of the instructions, tools, variables that are used, model, limits, all …"""
        return self._connection.json(
            "GET", path("agents", agent_id, "versions", version, "diff"), query={"against": against}
        )

    def restore_version(self, agent_id: str, version: int, /) -> Agent:
        """Restore an earlier version as a new version."""
        return self._connection.json("POST", path("agents", agent_id, "versions", version, "restore"))
