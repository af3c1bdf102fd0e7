"""The verbs of templates: what agents begin from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from retinue.agents.templates import repository, rules
from retinue.agents.templates.errors import (
    ParametersInvalidError,
    TemplateForeignError,
    TemplateMissingError,
    TemplateUnpublishableError,
)
from retinue.agents.templates.types import AgentTemplate, NewTemplate, TemplateDefaults
from retinue.agents.variables.types import NewVariable
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import Json, JsonObject, dumps
from retinue.core.permissions import require
from retinue.engine.spec.schemas import parameter_problems, schema_problems
from retinue.tools import service as tools

READ = "agents:read"
WRITE = "agents:write"
PUBLISH = "agent_templates:publish"


async def list_page(ctx: Context, filters: dict[str, str | None], *, cursor: str | None, limit: int) -> Page[AgentTemplate]:
    """Return a page of templates: built-in ones, public ones, the organization's own. ``filters``: q, category, type."""
    require(ctx, READ)
    rows = await repository.list_page(ctx.tx, filters, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda template: Position(template.created_at, template.id))


async def get(ctx: Context, template_id: UUID) -> AgentTemplate:
    """Return one template. Raises ``TemplateMissingError``."""
    require(ctx, READ)
    found = await repository.get(ctx.tx, template_id)
    if found is None:
        raise TemplateMissingError
    return found


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of the organization's own templates, oldest first; of one name only when it is given."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def create(ctx: Context, new: NewTemplate, public_values: Sequence[str] = ()) -> AgentTemplate:
    """Write a new template and an audit entry; a public one needs ``agent_templates:publish``.

    ``public_values`` are the variables whose values a public template shows. Raises ``ParametersInvalidError`` for a wrong
    schema of parameters, and ``TemplateUnpublishableError``.
    """
    require(ctx, WRITE)
    _check(new)
    if new.is_public:
        require(ctx, PUBLISH)
        new = await _published(ctx, new, public_values, None)
    template_id = new_id()
    await repository.insert(ctx, template_id, new)
    await audit.record(ctx, "agent_template.created", ("agent_template", template_id), after=_to_audit(new))
    return await get(ctx, template_id)


async def update(
    ctx: Context, template_id: UUID, changes: Mapping[str, Any], public_values: Sequence[str] = ()
) -> AgentTemplate:
    """Change a template of the organization; what is not named stays.

    ``changes``: name, description, type, category, icon, default_config, required_params, is_public. ``public_values`` as
    in ``create``; what was published before stays so. Raises ``TemplateMissingError``, ``TemplateForeignError``,
    ``ParametersInvalidError`` and ``TemplateUnpublishableError``.
    """
    require(ctx, WRITE)
    held = await _own(ctx, template_id)
    before = NewTemplate(
        held.name,
        held.description,
        held.type,
        held.category,
        held.icon,
        held.default_config,
        held.required_params,
        held.is_public,
    )
    after = replace(before, **{name: value for name, value in changes.items() if value is not None})
    if after.is_public or before.is_public:
        require(ctx, PUBLISH)
    _check(after)
    if after.is_public:
        after = await _published(ctx, after, public_values, before)
    await repository.update(ctx.tx, template_id, after)
    target = ("agent_template", template_id)
    await audit.record(ctx, "agent_template.updated", target, before=_to_audit(before), after=_to_audit(after))
    return await get(ctx, template_id)


async def delete(ctx: Context, template_id: UUID) -> None:
    """Delete a template of the organization. Raises ``TemplateMissingError`` and ``TemplateForeignError``."""
    require(ctx, WRITE)
    held = await _own(ctx, template_id)
    if held.is_public:
        require(ctx, PUBLISH)
    await repository.delete(ctx.tx, template_id)
    await audit.record(ctx, "agent_template.deleted", ("agent_template", template_id), before={"name": held.name})


async def begin(ctx: Context, template_id: UUID, parameters: JsonObject) -> TemplateDefaults:
    """Return what an agent of a template begins with, its parameters made variables (``writeOnly`` ones secret).

    Raises ``TemplateMissingError``, and ``ParametersInvalidError`` that says what is wrong with the parameters.
    """
    template = await get(ctx, template_id)
    schema = template.required_params
    properties = cast("dict[str, JsonObject]", schema.get("properties", {}))
    given = {name: each["default"] for name, each in properties.items() if "default" in each} | parameters
    problems = parameter_problems({**schema, "additionalProperties": False}, given, "parameters")
    if problems:
        raise ParametersInvalidError.of(*problems)
    variables = {
        name: NewVariable(
            name=name,
            description=str(each.get("title") or each.get("description") or "")[:1000],
            value=_text(given[name]) if name in given else None,
            is_secret=bool(each.get("writeOnly")),
        )
        for name, each in properties.items()
    }
    for own in template.default_config.variables:
        variables.setdefault(own.name, NewVariable(own.name, own.description, own.value, own.is_secret))
    return TemplateDefaults(template, tuple(variables.values()))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value).decode()


async def _own(ctx: Context, template_id: UUID) -> AgentTemplate:
    template = await get(ctx, template_id)
    if template.organization_id is None:
        raise TemplateForeignError
    return template


async def _published(
    ctx: Context, new: NewTemplate, public_values: Sequence[str], before: NewTemplate | None
) -> NewTemplate:
    problems = [
        *rules.value_problems(new, public_values),
        *await tools.list_sharing_problems(ctx, new.default_config.config.tools),
        *rules.callee_problems(new),
    ]
    if problems:
        raise TemplateUnpublishableError.of(*problems)
    return rules.published(new, public_values, before)


def _check(new: NewTemplate) -> None:
    problems = schema_problems(new.required_params, "required_params")
    if problems:
        raise ParametersInvalidError.of(*problems)
    names = cast("JsonObject", new.required_params.get("properties", {}))
    for name in names:
        if not name.isidentifier() or not name.isascii():
            message = "is no name for a variable, which each parameter becomes"
            raise ParametersInvalidError.of(
                FieldProblem(f"required_params.properties.{name}", message, "Use letters, digits and _.")
            )


def _to_audit(new: NewTemplate) -> JsonObject:
    return {
        "name": new.name,
        "description": new.description,
        "type": new.type,
        "category": new.category,
        "is_public": new.is_public,
        "required_params": new.required_params,
    }
