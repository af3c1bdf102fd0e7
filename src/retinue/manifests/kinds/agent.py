"""Agents in files, with their variables. Versions, runs and the values of secret variables are not part of a file."""

from typing import Any, cast
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentInvalidError, AgentMissingError
from retinue.agents.types import Agent, Status
from retinue.agents.variables import service as variables
from retinue.agents.variables.types import NewVariable, Variable
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.manifests.kinds.base import Kind
from retinue.manifests.kinds.configuration import callees_of, config_of, deployment_document, document_of
from retinue.manifests.models import AgentFile, VariableFile
from retinue.manifests.types import MissingSecret

_SET_VARIABLE = "Set it in the console under the agent's variables, or with PATCH /api/v1/agents/{}/variables/{}."
_PLAIN = ("description", "icon", "category", "type", "agent_type", "runtime", "instructions", "webhook_url")


class AgentKind(Kind):
    """Agents in files."""

    name = "agent"
    folder = "agents"
    model = AgentFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the agents, those of one name only when it is given."""
        return await agents.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return an agent in the full form of files."""
        try:
            agent = await agents.get(ctx, resource_id)
        except AgentMissingError:
            return None
        own = await variables.list_all(ctx, resource_id)
        status = Status.ACTIVE if agent.status is Status.ERROR else agent.status
        return {
            "kind": self.name,
            "name": agent.name,
            **{name: getattr(agent, name) for name in _PLAIN[:-2]},
            "status": status,
            "webhook_url": agent.webhook_url,
            "instructions": agent.instructions,
            "config": await document_of(ctx, agent.config),
            "deployment_config": deployment_document(agent.deployment_config),
            "variables": [variable_document(each) for each in own],
        }

    async def create(self, ctx: Context, file: AgentFile, note: str) -> UUID:
        """Create an agent."""
        _check_names(file.variables)
        values = await self._values(ctx, file)
        own = tuple(NewVariable(each.name, each.description, each.value, each.is_secret) for each in file.variables)
        status = Status.ACTIVE if file.status == "active" else Status.INACTIVE
        made = await agents.create(ctx, {**values, "variables": own, "note": note}, status=status)
        if file.status == "paused":
            await agents.pause(ctx, made.id)
        return made.id

    async def update(self, ctx: Context, resource_id: UUID, file: AgentFile, note: str) -> None:
        """Make an agent what a file says."""
        _check_names(file.variables)
        await self._write_variables(ctx, resource_id, file.variables)
        agent = await agents.update(ctx, resource_id, await self._values(ctx, file), version=None, note=note)
        await self._set_status(ctx, agent, file.status)

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete an agent that has no unfinished runs."""
        await agents.delete(ctx, resource_id)

    def references(self, file: AgentFile) -> list[tuple[str, str]]:
        """Return the agents and teams that are called as tools."""
        return callees_of(file.config)

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: AgentFile) -> list[MissingSecret]:
        """Return the secret variables without a value."""
        return [
            MissingSecret(self.name, file.name, f"variables.{each.name}", _SET_VARIABLE.format(resource_id, each.id))
            for each in await variables.list_all(ctx, resource_id)
            if each.is_secret and not each.has_value
        ]

    def secrets(self, document: JsonObject) -> list[str]:
        """Return the secret variables."""
        own = cast("list[JsonObject]", document["variables"])
        return [f"variables.{each['name']}" for each in own if each["is_secret"]]

    @staticmethod
    async def _values(ctx: Context, file: AgentFile) -> dict[str, Any]:
        return {
            "name": file.name,
            **{name: getattr(file, name) for name in _PLAIN},
            "config": await config_of(ctx, file.config),
            "deployment_config": file.deployment_config,
        }

    @staticmethod
    async def _write_variables(ctx: Context, agent_id: UUID, wanted: tuple[VariableFile, ...]) -> None:
        own = {each.name: each for each in await variables.list_all(ctx, agent_id)}
        for name in own.keys() - {each.name for each in wanted}:
            await variables.delete(ctx, agent_id, own[name].id)
        for each in wanted:
            before = own.get(each.name)
            if before is None:
                new = NewVariable(each.name, each.description, each.value, each.is_secret)
                await variables.create(ctx, agent_id, new)
            elif changes := _changes(before, each):
                await variables.update(ctx, agent_id, before.id, changes)

    @staticmethod
    async def _set_status(ctx: Context, agent: Agent, wanted: str | None) -> None:
        status = Status.ACTIVE if agent.status is Status.ERROR else agent.status
        if wanted is None or wanted == status:
            return
        if wanted == Status.ACTIVE:
            await agents.activate(ctx, agent.id)
        elif wanted == Status.PAUSED:
            await agents.pause(ctx, agent.id)
        else:
            message = f"is inactive, and the agent is {status}: an agent that was activated cannot become inactive"
            raise AgentInvalidError.of(FieldProblem("status", message, "Use paused: a paused agent starts no runs."))


def _check_names(wanted: tuple[VariableFile, ...]) -> None:
    names = [each.name for each in wanted]
    problems = [
        FieldProblem(f"variables.{index}.name", f"names {name} a second time", "Name each variable once.")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if problems:
        raise AgentInvalidError.of(*problems)


def variable_document(variable: Variable) -> JsonObject:
    """Return a variable in the full form of files; the value of a secret one is none."""
    value: Json = None if variable.is_secret else variable.value
    return {
        "name": variable.name,
        "description": variable.description,
        "value": value,
        "is_secret": variable.is_secret,
    }


def _changes(before: Variable, wanted: VariableFile) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if before.description != wanted.description:
        changes["description"] = wanted.description
    if before.is_secret != wanted.is_secret:
        changes["is_secret"] = wanted.is_secret
    becomes_plain = before.is_secret and not wanted.is_secret
    if becomes_plain or (not wanted.is_secret and before.value != wanted.value):
        changes["value"] = wanted.value
    return changes
