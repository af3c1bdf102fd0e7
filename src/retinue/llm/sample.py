"""A value that fits a JSON Schema, for the demonstration model: no judgement, only the right shape."""

import re
from typing import Any, cast

from retinue.core.json import Json, JsonObject

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MAX_DEPTH = 12
_MOST_ITEMS = 20
_TEXT = 200


def sample(schema: JsonObject, prompt: str) -> Json:
    """Return a value for a schema: strings and numbers come from the prompt where they fit, else the least that is allowed.

    Combinations (``allOf``, ``if``, …) are not looked at; an answer that does not fit is refused as any other model's is.
    """
    return _value(schema, schema, prompt, _MAX_DEPTH)


def _value(schema: Json, root: JsonObject, prompt: str, depth: int) -> Json:
    rule = _resolved(cast("dict[str, Any]", schema if isinstance(schema, dict) else {}), root)
    given = [rule[name] for name in ("const", "default") if name in rule]
    if given or depth == 0:
        return given[0] if given else None
    if rule.get("enum"):
        choices: list[Json] = rule["enum"]
        return next((each for each in choices if str(each).lower() in prompt.lower()), choices[0])
    match _kind(rule):
        case "object":
            return _object(rule, root, prompt, depth)
        case "array":
            count = rule.get("minItems") or (1 if "items" in rule and rule.get("maxItems") != 0 else 0)
            return [_value(rule.get("items", {}), root, prompt, depth - 1) for _ in range(min(int(count), _MOST_ITEMS))]
        case kind:
            return _scalar(kind, rule, prompt)


def _resolved(rule: dict[str, Any], root: JsonObject) -> dict[str, Any]:
    """Follow references, and take the first of several alternatives."""
    for _ in range(_MAX_DEPTH):
        first: Any = next((rule[name][0] for name in ("anyOf", "oneOf") if rule.get(name)), None)
        following: Any = _target(root, str(rule["$ref"])) if "$ref" in rule else first
        if not isinstance(following, dict):
            break
        rule = cast("dict[str, Any]", following)
    return rule


def _kind(rule: dict[str, Any]) -> str:
    kind: Any = rule.get("type") or ("object" if "properties" in rule else "string")
    return str(kind[0] if isinstance(kind, list) else kind)  # pyright: ignore[reportUnknownArgumentType] - foreign JSON


def _scalar(kind: str, rule: dict[str, Any], prompt: str) -> Json:
    if kind in {"integer", "number"}:
        return _number(rule, prompt, is_whole=kind == "integer")
    if kind in {"boolean", "null"}:
        return True if kind == "boolean" else None
    return _text(rule, prompt)


def _object(rule: dict[str, Any], root: JsonObject, prompt: str, depth: int) -> JsonObject:
    properties = cast("dict[str, Json]", rule.get("properties") or {})
    names = [*properties, *(name for name in rule.get("required") or () if name not in properties)]
    return {str(name): _value(properties.get(name, {}), root, prompt, depth - 1) for name in names}


def _number(rule: dict[str, Any], prompt: str, *, is_whole: bool) -> Json:
    found = _NUMBER.search(prompt)
    number: float = 0
    if found:
        number = float(found[0]) if "." in found[0] else int(found[0])
    least = rule.get("minimum", rule.get("exclusiveMinimum"))
    most = rule.get("maximum", rule.get("exclusiveMaximum"))
    if isinstance(least, int | float):
        number = max(number, least + (1 if "minimum" not in rule else 0))
    if isinstance(most, int | float):
        number = min(number, most - (1 if "maximum" not in rule else 0))
    return int(number) if is_whole or number == int(number) else number


def _text(rule: dict[str, Any], prompt: str) -> str:
    least, most = int(rule.get("minLength") or 0), int(rule.get("maxLength") or _TEXT)
    return prompt[: min(most, max(_TEXT, least))].ljust(least, ".")


def _target(root: JsonObject, reference: str) -> Json:
    place: Json = root
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        place = place.get(key) if isinstance(place, dict) else None
    return place
