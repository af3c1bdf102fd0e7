"""JSON Schemas of arguments and parameters: which are taken, and whether a document fits one."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] - the stub leaves its type open
from referencing import Registry
from referencing.exceptions import Unresolvable

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject, dumps

SCHEMA_BYTES = 65_536
_SCHEMA_DEPTH = 24
_ARGUMENT_PROBLEMS = 5
_PARAMETER_PROBLEMS = 20
_PROPERTY = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,63}")

# Patterns are shown to the model and left to the called side to enforce: matching a stranger's pattern on a model's text
# can take exponential time, and would hold up the whole process.


def _multiple_of(_validator: object, divisor: object, instance: object, _schema: object) -> Iterator[ValidationError]:
    """Check ``multipleOf`` exactly; dividing floats fails for integers that no float holds."""
    is_number = isinstance(instance, int | float) and not isinstance(instance, bool)
    if is_number and Fraction(str(instance)) % Fraction(str(divisor)):
        yield ValidationError(f"{instance} is not a multiple of {divisor}")


_Validator: Any = extend(Draft202012Validator, {"pattern": None, "patternProperties": None, "multipleOf": _multiple_of})  # pyright: ignore[reportUnknownVariableType]
_NO_DOCUMENTS: Any = Registry()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - generic over any
_KEPT_VALIDATORS = 64
_validators: dict[int, tuple[JsonObject, Any]] = {}
"""By the identity of the schema, which is kept with it: making one takes longer than using it."""


def schema_problems(schema: JsonObject, field: str) -> tuple[FieldProblem, ...]:
    """Name what is wrong with a tool's parameters schema: it must be a JSON Schema (2020-12) object that stands alone."""
    problem = _shape_problem(schema, field)
    if problem is not None:
        return (problem,)
    try:
        Draft202012Validator.check_schema(cast("Any", schema))
    except SchemaError as error:
        path = ".".join((field, *(str(part) for part in error.absolute_path)))
        return (FieldProblem(path, error.message[:300], "Write it as JSON Schema 2020-12."),)
    properties = cast("JsonObject", schema.get("properties", {}))
    return tuple(
        FieldProblem(f"{field}.properties.{name[:80]}", "is not a name a model can use", "Use letters, digits, _ . and -.")
        for name in properties
        if not _PROPERTY.fullmatch(name)
    )


def _shape_problem(schema: JsonObject, field: str) -> FieldProblem | None:
    if _depth(schema) > _SCHEMA_DEPTH:
        return FieldProblem(field, f"is nested deeper than {_SCHEMA_DEPTH} levels", "Flatten it.")
    if len(dumps(schema)) > SCHEMA_BYTES:
        return FieldProblem(field, f"has more than {SCHEMA_BYTES} bytes", "Leave out what the model does not need.")
    if schema.get("type") != "object":
        return FieldProblem(f"{field}.type", "must be object", 'Set it to "object".')
    for reference in _references(schema):
        if not reference.startswith("#"):
            return FieldProblem(field, f"refers to another document: {reference[:200]}", "Copy that schema into this one.")
        if not _is_there(schema, reference):
            return FieldProblem(field, f"refers to {reference[:200]}, which is not there", "Add it under $defs.")
    return None


def argument_problems(schema: JsonObject, arguments: JsonObject) -> tuple[str, ...]:
    """Say in sentences for the model what is wrong with arguments; empty when they fit. ``pattern`` is not checked."""
    return _problems(schema, arguments, "The tool's parameters schema cannot be followed.")


def parameter_problems(schema: JsonObject, parameters: JsonObject, field: str) -> tuple[FieldProblem, ...]:
    """Name each parameter of a template that does not fit its schema, and each that is missing or unknown.

    ``pattern`` is not checked.
    """
    validator = _Validator(schema, registry=_NO_DOCUMENTS)
    try:
        errors = cast(
            "list[ValidationError]", sorted(validator.iter_errors(parameters), key=lambda each: list(map(str, each.path)))
        )
    except (Unresolvable, RecursionError):
        return (FieldProblem(field, "cannot be checked: the template's schema cannot be followed", "Correct the template."),)
    known = list(cast("JsonObject", schema.get("properties", {})))
    return tuple(_parameter_problem(error, field, known) for error in errors[:_PARAMETER_PROBLEMS])


def _parameter_problem(error: ValidationError, field: str, known: list[str]) -> FieldProblem:
    place = ".".join((field, *(str(part) for part in error.absolute_path)))
    keyword: object = error.validator
    instance: Any = error.instance
    if keyword == "required":
        asked = cast("list[str]", error.validator_value)
        name = next(each for each in asked if each not in instance and f"'{each}'" in error.message)
        return FieldProblem(f"{place}.{name}", "is missing", "Add this parameter.")
    if keyword == "additionalProperties" and not error.absolute_path:
        unknown = [name for name in instance if name not in known]
        place = f"{field}.{unknown[0]}" if unknown else field
        return FieldProblem(place, "is not a parameter of the template", f"Use: {', '.join(known) or 'none'}.")
    if keyword == "minLength" and instance == "":
        return FieldProblem(place, "may not be empty", "Give a text.")
    return FieldProblem(place, error.message[:300], "Give a value that fits the template's required_params.")


def value_problems(schema: JsonObject, value: Json) -> tuple[str, ...]:
    """Return what is wrong with a structured output, as ``argument_problems`` does."""
    return _problems(schema, value, "The output schema cannot be followed.")


def _problems(schema: JsonObject, arguments: Json, unresolvable: str) -> tuple[str, ...]:
    validator = _validator_of(schema)
    try:
        errors = cast(
            "list[ValidationError]", sorted(validator.iter_errors(arguments), key=lambda each: list(map(str, each.path)))
        )
    except (Unresolvable, RecursionError):
        return (unresolvable,)
    return tuple(_sentence(error) for error in errors[:_ARGUMENT_PROBLEMS])


def _validator_of(schema: JsonObject) -> Any:  # noqa: ANN401 - see ``_Validator``
    """Return the validator of a schema, and the same one again for the same object: those of frozen plans come often."""
    known = _validators.get(id(schema))
    if known is None or known[0] is not schema:
        if len(_validators) >= _KEPT_VALIDATORS:
            del _validators[next(iter(_validators))]
        known = _validators[id(schema)] = (schema, _Validator(schema, registry=_NO_DOCUMENTS))
    return known[1]


def _sentence(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path)
    message = error.message if len(error.message) <= 300 else f"{error.message[:300]}…"  # noqa: PLR2004 - enough to read
    return f"{place}: {message}" if place else message


def _depth(value: Json) -> int:
    deepest, level = 0, [value]
    while level and deepest <= _SCHEMA_DEPTH:
        deepest += 1
        level = [child for each in level for child in _children(each)]
    return deepest


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    if isinstance(value, list):
        return [child for child in value if isinstance(child, dict | list)]
    return []


def _is_there(schema: JsonObject, reference: str) -> bool:
    place: Json = schema
    for part in unquote(reference[1:]).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict) and key in place:
            place = place[key]
        elif isinstance(place, list) and key.isdigit() and int(key) < len(place):
            place = place[int(key)]
        else:
            return False
    return isinstance(place, dict | bool) and reference[1:2] in {"", "/"}


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key in ("$ref", "$dynamicRef", "$schema"):
            target = value.get(key)
            if isinstance(target, str) and not (key == "$schema" and "json-schema.org/draft/2020-12" in target):
                yield target
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
