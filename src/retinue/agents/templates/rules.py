"""Pure decisions about templates: what of one is published to the other organizations."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast

from retinue.agents.templates.types import NewTemplate, TemplateVariable
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import ModelChoice


def value_problems(new: NewTemplate, names: Sequence[str]) -> tuple[FieldProblem, ...]:
    """Name each of ``public_values`` that is no plain variable of the template."""
    plain = {each.name for each in new.default_config.variables if not each.is_secret}
    message = "names {}, which is not a plain variable of the template"
    return tuple(
        FieldProblem(f"public_values.{index}", message.format(name), "Name variables that are not secret, or leave it out.")
        for index, name in enumerate(names)
        if name not in plain
    )


def callee_problems(new: NewTemplate) -> tuple[FieldProblem, ...]:
    """Name each agent or team that agents of the template call as a tool: other organizations do not have it."""
    remedy = "Remove it, or keep the template in your organization."
    return tuple(
        FieldProblem(f"config.agents.{index}", "is an agent or a team of your organization", remedy)
        for index in range(len(new.default_config.config.agents))
    )


def published(new: NewTemplate, chosen: Collection[str], before: NewTemplate | None) -> NewTemplate:
    """Return a template as other organizations may see it.

    It has no choice of a model, since providers belong to one organization. Values of variables are those in ``chosen`` and
    those that ``before`` published already; a variable whose value is left out becomes a required parameter.
    """
    earlier = before.default_config.variables if before and before.is_public else ()
    known = {(each.name, each.value) for each in earlier}
    kept: list[TemplateVariable] = []
    asked: list[TemplateVariable] = []
    for each in new.default_config.variables:
        is_open = not each.is_secret and (each.name in chosen or (each.name, each.value) in known)
        (kept if is_open or each.value is None else asked).append(each)
    config = new.default_config.config
    parameters = config.parameters.model_copy(update={"script": None})
    shared = config.model_copy(update={"model": ModelChoice(), "parameters": parameters})
    default_config = new.default_config.model_copy(update={"config": shared, "variables": tuple(kept)})
    return replace(new, default_config=default_config, required_params=_asking(new.required_params, asked))


def _asking(schema: JsonObject, variables: Sequence[TemplateVariable]) -> JsonObject:
    """Return a schema of parameters that asks for some variables as well."""
    properties = dict(cast("JsonObject", schema.get("properties", {})))
    required = list(cast("list[Json]", schema.get("required", [])))
    for each in variables:
        properties.setdefault(each.name, each.to_parameter())
        if each.name not in required:
            required.append(each.name)
    return {**schema, "properties": properties, "required": required} if variables else schema
