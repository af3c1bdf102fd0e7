"""The choice of a model that is not a row: the model of this machine, and the scripts."""

from pathlib import Path

from pydantic import ValidationError

from retinue.core.context import Context
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.json import JsonObject
from retinue.engine.ports import ModelSpec
from retinue.llm import script
from retinue.llm.local import service as local
from retinue.llm.types import LOCAL_ID, LOCAL_MODEL, SCRIPTED_ID, SCRIPTED_MODEL, SCRIPTED_MODELS, ProviderKind


class ModelChoiceError(InvalidError):
    """The agent's choice of model is not valid."""

    code = "model_choice_invalid"


def resolve_script(name: str | None, parameters: JsonObject) -> ModelSpec:
    """Return a built-in script, or the one in the parameters. Raises ``ModelChoiceError`` that names the field."""
    if name is not None and name not in SCRIPTED_MODELS and parameters.get("script") is None:
        remedy = f"Choose {' or '.join(SCRIPTED_MODELS)}, or give config.parameters.script."
        raise refuse("config.model.name", "names no built-in script", remedy)
    if parameters.get("script") is not None:
        try:
            script.parse(parameters["script"])
        except ValidationError as error:
            problems = script.problems_of(error, "config.parameters.script")
            raise ModelChoiceError(f"{problems[0].field}: {problems[0].message}.", fields=problems) from None
    return ModelSpec(str(SCRIPTED_ID), ProviderKind.SCRIPTED, name or SCRIPTED_MODEL, None, parameters)


def resolve_local(ctx: Context, name: str | None, parameters: JsonObject) -> ModelSpec:
    """Return the model of this machine. Raises ``ModelChoiceError`` for a name it does not have."""
    data_dir = ctx.resources.core.data_dir
    model = local.get_chosen(data_dir).name if is_local_installed(data_dir) else LOCAL_MODEL
    if name is not None and name not in {each.name for each in local.list_models()}:
        raise refuse("config.model.name", "is no model of this machine", f"Leave it out, or choose {model}.")
    return ModelSpec(str(LOCAL_ID), ProviderKind.LOCAL, model, None, parameters)


def is_local_installed(data_dir: Path) -> bool:
    """Say whether the local model is on this machine."""
    return bool(local.list_installed(data_dir))


def refuse(field: str, message: str, remedy: str) -> ModelChoiceError:
    """Return the refusal of one field."""
    return ModelChoiceError(f"{field} {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))
