"""The setting ``arguments`` of an agent's tool: arguments that are fixed, which the model neither sees nor changes."""

from collections.abc import Iterable
from typing import cast

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject


def settings_problems(settings: JsonObject, names: Iterable[str], tool_type: str) -> tuple[FieldProblem, ...]:
    """Name what is wrong with settings of which ``arguments`` is the only one; ``names`` are the tool's arguments."""
    problems = [
        FieldProblem(f"settings.{name}", "is not supported", f"A tool of type {tool_type} takes the setting arguments only.")
        for name in settings
        if name != "arguments"
    ]
    fixed = settings.get("arguments", {})
    if not isinstance(fixed, dict):
        return (*problems, FieldProblem("settings.arguments", "must be an object", "Give each argument by its name."))
    unknown = sorted(fixed.keys() - set(names))
    return (*problems, *(FieldProblem(f"settings.arguments.{name}", "is no argument of the tool") for name in unknown))


def shown_parameters(schema: JsonObject, settings: JsonObject) -> JsonObject:
    """Return a schema without the arguments that the settings fix."""
    fixed = cast("JsonObject", settings.get("arguments", {}))
    if not fixed:
        return schema
    properties = cast("JsonObject", schema.get("properties", {}))
    shown: JsonObject = {**schema, "properties": {name: each for name, each in properties.items() if name not in fixed}}
    if "required" in schema:
        shown["required"] = [name for name in cast("list[str]", schema["required"]) if name not in fixed]
    return shown


def arguments_of(arguments: JsonObject, settings: JsonObject) -> JsonObject:
    """Return a call's arguments: the model's, and those that the settings fix."""
    return {**arguments, **cast("JsonObject", settings.get("arguments", {}))}
