"""The verbs of variables. Anyone who calls has made sure that the agent exists; the values of secrets stay in here."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from retinue.agents.organization_variables import service as shared
from retinue.agents.variables import repository
from retinue.agents.variables.errors import SecretStaysSecretError, VariableLimitError, VariableMissingError
from retinue.agents.variables.repository import Stored
from retinue.agents.variables.types import Names, NewVariable, Variable
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require

READ = "agents:read"
WRITE = "agents:write"
MAX_VARIABLES = 200


async def list_all(ctx: Context, agent_id: UUID) -> list[Variable]:
    """Return an agent's variables by name; the values of secret ones are null."""
    require(ctx, READ)
    return await repository.list_all(ctx.tx, agent_id)


async def create(ctx: Context, agent_id: UUID, new: NewVariable) -> Variable:
    """Write a new variable and an audit entry. Raises ``VariableNameTakenError`` and ``VariableLimitError``."""
    require(ctx, WRITE)
    if len(await repository.list_all(ctx.tx, agent_id)) >= MAX_VARIABLES:
        raise VariableLimitError(f"An agent has at most {MAX_VARIABLES} variables.")
    stored = _stored(ctx, new_id(), agent_id, new)
    variable = await repository.insert(ctx, stored)
    await audit.record(ctx, "agent_variable.created", ("agent", agent_id), after=_to_audit(variable))
    return variable


async def update(ctx: Context, agent_id: UUID, variable_id: UUID, changes: Mapping[str, Any]) -> Variable:
    """Change a variable; what is not named stays.

    ``changes``: name, description, value (None: no value), is_secret. Raises ``VariableMissingError``,
    ``VariableNameTakenError``, and ``SecretStaysSecretError`` for a secret made plain without a new value.
    """
    require(ctx, WRITE)
    before = await repository.hold(ctx.tx, agent_id, variable_id)
    if before is None:
        raise VariableMissingError
    is_secret = bool(changes.get("is_secret", before.is_secret))
    if "value" in changes:
        value = changes["value"]
    elif before.is_secret and not is_secret:
        problem = FieldProblem("value", "is needed to make a secret variable plain", SecretStaysSecretError.remedy)
        raise SecretStaysSecretError(fields=(problem,))
    else:
        value = _opened(ctx, before)
    new = NewVariable(
        name=changes.get("name", before.name),
        description=changes.get("description", before.description),
        value=value,
        is_secret=is_secret,
    )
    variable = await repository.update(ctx, _stored(ctx, variable_id, agent_id, new))
    shown = _stored_shown(before)
    await audit.record(ctx, "agent_variable.updated", ("agent", agent_id), before=shown, after=_to_audit(variable))
    return variable


async def delete(ctx: Context, agent_id: UUID, variable_id: UUID) -> None:
    """Delete a variable. Raises ``VariableMissingError``."""
    require(ctx, WRITE)
    before = await repository.hold(ctx.tx, agent_id, variable_id)
    if before is None:
        raise VariableMissingError
    await repository.delete(ctx.tx, agent_id, variable_id)
    await audit.record(ctx, "agent_variable.deleted", ("agent", agent_id), before=_stored_shown(before))


async def copy(ctx: Context, source_id: UUID, target_id: UUID) -> None:
    """Copy an agent's variables, secret values included, to another agent of the same organization."""
    require(ctx, WRITE)
    names = [variable.name for variable in await repository.list_all(ctx.tx, source_id)]
    await repository.copy(ctx.tx, source_id, target_id, {name: new_id() for name in names})


async def names_of(ctx: Context, agent_id: UUID) -> Names:
    """Return what an agent's variables are called, and the values of the plain ones. The caller asked for permission.

    Variables of the organization are among them, unless the agent has its own of the name.
    """
    own = await repository.list_all(ctx.tx, agent_id)
    taken = {each.name for each in own}
    variables = [*own, *(each for each in await shared.names_of(ctx) if each.name not in taken)]
    return Names(
        plain={each.name: each.value for each in variables if each.value is not None},
        secret=tuple(each.name for each in variables if each.is_secret and each.has_value),
        empty=tuple(each.name for each in variables if not each.has_value),
    )


async def names_of_organization(ctx: Context) -> frozenset[str]:
    """Return what the organization's variables with a value are called. The caller asked for permission."""
    return frozenset(each.name for each in await shared.names_of(ctx) if each.has_value)


class AgentVariables:
    """Opens variables' values at the moment they are used. Implements ``engine.ports.SecretVariables``."""

    def __init__(self, database: Database) -> None:
        """Take where the variables are kept."""
        self._database = database

    async def values(self, organization_id: str, agent_id: str, names: Sequence[str]) -> dict[str, str]:
        """Return the values of the named variables, plain ones too; a name without a value is left out.

        A name that the agent has no variable of is one of the organization.
        """
        organization, agent = OrganizationId(UUID(organization_id)), UUID(agent_id)
        return await self._database.read(organization, partial(_values, agent, names))


async def _values(agent_id: UUID, names: Sequence[str], ctx: Context) -> dict[str, str]:
    known = await repository.list_names(ctx.tx, agent_id)
    box = ctx.resources.secrets
    values = await shared.values_of(ctx, [name for name in names if name not in known])
    for each in await repository.list_values(ctx.tx, agent_id, names):
        values[each.name] = box.open(each.value_encrypted) if each.value_encrypted else each.value or ""
    return values


def _stored(ctx: Context, variable_id: UUID, agent_id: UUID, new: NewVariable) -> Stored:
    is_sealed = new.is_secret and new.value is not None
    return Stored(
        id=variable_id,
        agent_id=agent_id,
        name=new.name,
        description=new.description,
        value=None if new.is_secret else new.value,
        value_encrypted=ctx.resources.secrets.seal(new.value or "") if is_sealed else None,
        is_secret=new.is_secret,
    )


def _opened(ctx: Context, stored: Stored) -> str | None:
    return ctx.resources.secrets.open(stored.value_encrypted) if stored.value_encrypted else stored.value


def _to_audit(variable: Variable) -> JsonObject:
    value = "[secret]" if variable.is_secret else variable.value
    return {"name": variable.name, "description": variable.description, "value": value, "is_secret": variable.is_secret}


def _stored_shown(stored: Stored) -> JsonObject:
    value = "[secret]" if stored.is_secret else stored.value
    return {"name": stored.name, "description": stored.description, "value": value, "is_secret": stored.is_secret}
