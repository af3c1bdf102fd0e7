"""The verbs of the organization's variables: plain and secret values that all its agents and tools may use."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from retinue.agents.organization_variables import repository
from retinue.agents.organization_variables.errors import (
    OrganizationSecretStaysSecretError,
    OrganizationVariableInUseError,
    OrganizationVariableLimitError,
    OrganizationVariableMissingError,
)
from retinue.agents.organization_variables.repository import Stored
from retinue.agents.organization_variables.types import (
    NewOrganizationVariable,
    OrganizationVariable,
    VariableUser,
    VariableUses,
)
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.tools.variables import service as tools

READ = "variables:read"
WRITE = "variables:write"
MAX_VARIABLES = 200
_SHOWN_USERS = 10


async def list_all(ctx: Context) -> list[OrganizationVariable]:
    """Return the organization's variables by name; the values of secret ones are null."""
    require(ctx, READ)
    return await repository.list_all(ctx)


async def get(ctx: Context, variable_id: UUID) -> OrganizationVariable:
    """Return one variable. Raises ``OrganizationVariableMissingError``."""
    require(ctx, READ)
    return await _get(ctx, variable_id)


async def _get(ctx: Context, variable_id: UUID) -> OrganizationVariable:
    found = await repository.get(ctx, variable_id)
    if found is None:
        raise OrganizationVariableMissingError
    return found


async def create(ctx: Context, new: NewOrganizationVariable) -> OrganizationVariable:
    """Write a new variable and an audit entry.

    Raises ``OrganizationVariableNameTakenError`` and ``OrganizationVariableLimitError``.
    """
    require(ctx, WRITE)
    if await repository.count(ctx) >= MAX_VARIABLES:
        raise OrganizationVariableLimitError(f"An organization has at most {MAX_VARIABLES} variables.")
    variable_id = new_id()
    await repository.insert(ctx, _stored(ctx, variable_id, new))
    variable = await _get(ctx, variable_id)
    await audit.record(
        ctx, "organization_variable.created", ("organization_variable", variable_id), after=_to_audit(variable)
    )
    return variable


async def update(ctx: Context, variable_id: UUID, changes: Mapping[str, Any]) -> OrganizationVariable:
    """Change a variable; what is not named stays. A new value counts as a rotation: secret ones apply at the next call.

    ``changes``: name, description, value (None: no value), is_secret, rotation_days (None: no reminder). Raises
    ``OrganizationVariableMissingError``, ``OrganizationVariableNameTakenError``, ``OrganizationVariableInUseError`` for
    another name of a used one, and ``OrganizationSecretStaysSecretError`` for a secret made plain without a new value.
    """
    require(ctx, WRITE)
    before = await repository.hold(ctx, variable_id)
    if before is None:
        raise OrganizationVariableMissingError
    shown = _to_audit(await _get(ctx, variable_id))
    is_secret = bool(changes.get("is_secret", before.is_secret))
    is_rotated = "value" in changes
    if before.is_secret and not is_secret and not is_rotated:
        problem = FieldProblem(
            "value", "is needed to make a secret variable plain", OrganizationSecretStaysSecretError.remedy
        )
        raise OrganizationSecretStaysSecretError(fields=(problem,))
    name = changes.get("name", before.name)
    if name != before.name:
        await _refuse_used(ctx, before.name, "renamed")
    new = NewOrganizationVariable(
        name=name,
        description=changes.get("description", before.description),
        value=changes["value"] if is_rotated else _opened(ctx, before),
        is_secret=is_secret,
        rotation_days=changes.get("rotation_days", before.rotation_days),
    )
    await repository.update(ctx, _stored(ctx, variable_id, new, is_rotated=is_rotated))
    variable = await _get(ctx, variable_id)
    action = "organization_variable.rotated" if is_rotated else "organization_variable.updated"
    await audit.record(ctx, action, ("organization_variable", variable_id), before=shown, after=_to_audit(variable))
    return variable


async def delete(ctx: Context, variable_id: UUID) -> None:
    """Delete a variable that nothing uses.

    Raises ``OrganizationVariableMissingError``, and ``OrganizationVariableInUseError`` that names agents and tools.
    """
    require(ctx, WRITE)
    before = await repository.hold(ctx, variable_id)
    if before is None:
        raise OrganizationVariableMissingError
    await _refuse_used(ctx, before.name, "deleted")
    shown = _to_audit(await _get(ctx, variable_id))
    await repository.delete(ctx, variable_id)
    await audit.record(ctx, "organization_variable.deleted", ("organization_variable", variable_id), before=shown)


async def list_uses(ctx: Context, variable_id: UUID) -> VariableUses:
    """Return which agents and tools use a variable. Raises ``OrganizationVariableMissingError``."""
    require(ctx, READ)
    return await _uses(ctx, (await _get(ctx, variable_id)).name)


async def _uses(ctx: Context, name: str) -> VariableUses:
    using = await tools.list_using_tools(ctx, name)
    found = tuple(VariableUser(each.id, each.name) for each in using)
    return VariableUses(tuple(await repository.list_agents(ctx, name)), found)


async def _refuse_used(ctx: Context, name: str, verb: str) -> None:
    uses = await _uses(ctx, name)
    users = [f"the agent {each.name}" for each in uses.agents] + [f"the tool {each.name}" for each in uses.tools]
    if users:
        left = len(users) - _SHOWN_USERS
        shown = ", ".join(users[:_SHOWN_USERS]) + (f" and {left} more" if left > 0 else "")
        raise OrganizationVariableInUseError(f"{name} cannot be {verb}: it is used by {shown}.")


async def values_of(ctx: Context, names: Sequence[str]) -> dict[str, str]:
    """Return the values of the named variables, opened; a name without a value is left out. For the platform alone."""
    box = ctx.resources.secrets
    found = await repository.list_values(ctx, names)
    return {each.name: box.open(each.value_encrypted) if each.value_encrypted else each.value or "" for each in found}


async def names_of(ctx: Context) -> list[OrganizationVariable]:
    """Return the organization's variables for a run. The caller has asked for the permission to run."""
    return await repository.list_all(ctx)


def _stored(ctx: Context, variable_id: UUID, new: NewOrganizationVariable, *, is_rotated: bool = True) -> Stored:
    is_sealed = new.is_secret and new.value is not None
    return Stored(
        id=variable_id,
        name=new.name,
        description=new.description,
        value=None if new.is_secret else new.value,
        value_encrypted=ctx.resources.secrets.seal(new.value or "") if is_sealed else None,
        is_secret=new.is_secret,
        rotation_days=new.rotation_days,
        is_rotated=is_rotated,
    )


def _opened(ctx: Context, stored: Stored) -> str | None:
    return ctx.resources.secrets.open(stored.value_encrypted) if stored.value_encrypted else stored.value


def _to_audit(variable: OrganizationVariable) -> JsonObject:
    return {
        "name": variable.name,
        "description": variable.description,
        "value": "[secret]" if variable.is_secret else variable.value,
        "is_secret": variable.is_secret,
        "rotation_days": variable.rotation_days,
    }
