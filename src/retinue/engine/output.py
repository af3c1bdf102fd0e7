"""The structured output of a run: read from a model's answer, checked against the agent's schema, repaired once.

A schema has the bounds of a tool's (``spec.schemas``). As there, ``pattern`` is given to the model and not checked here.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn, cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import OUTPUT_REPAIR, Message
from retinue.engine.spec.schemas import value_problems

_FENCE = re.compile(r"\A```[a-zA-Z]*[ \t]*\n(.*?)\n?```\Z", re.DOTALL)
_LARGEST = (1 << 63) - 1
_MAX_DEPTH = 100
_SHOWN_CHARACTERS = 300


def read_output(text: str, schema: JsonObject) -> tuple[JsonObject | None, tuple[str, ...]]:
    """Return the object that an answer holds, or None and what is wrong with it, in sentences for the model.

    A fence around the whole answer is taken off. Integers are exact; one of more than 64 bits is a problem, since JSON
    readers and PostgreSQL's clients would round it.
    """
    try:
        value = _parse(_unfenced(text.strip()))
    except RecursionError:
        return None, (f"The answer is nested more than {_MAX_DEPTH} levels deep.",)
    except ValueError as error:
        return None, (f"The answer is not JSON: {error}.",)
    if not isinstance(value, dict):
        return None, ("The answer is not a JSON object.",)
    problems = (*_number_problems(value), *value_problems(schema, value))
    return (None, problems) if problems else (value, ())


def check_output(value: Json, schema: JsonObject) -> tuple[str, ...]:
    """Return what is wrong with an output that is an object already, as that of an external agent."""
    if not isinstance(value, dict):
        return ("The output is not a JSON object.",)
    return value_problems(schema, value)


def repair_message(problems: Sequence[str], schema: JsonObject) -> Message:
    """Return the message that asks a model to correct its answer. A run has at most one."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    return {
        "role": "user",
        "name": OUTPUT_REPAIR,
        "content": f"Your answer does not fit the required JSON Schema:\n{listed}\n\n{instruction(schema)}",
    }


def instruction(schema: JsonObject) -> str:
    """Return the sentence that asks a model for an answer by a schema."""
    return (
        "Answer with exactly one JSON object that fits this JSON Schema, without any text before or after it:\n"
        f"{dumps(schema).decode()}"
    )


def is_repaired(messages: Sequence[Message]) -> bool:
    """Return whether a run has had its repair attempt."""
    return any(message.get("name") == OUTPUT_REPAIR for message in messages if message["role"] == "user")


def _unfenced(text: str) -> str:
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text


def _parse(text: str) -> Json:
    if not text:
        raise ValueError("it is empty")
    try:
        # The standard library's reader keeps integers of any length, where the fast one rounds long ones.
        value: Json = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if _is_deeper(value):
        raise RecursionError
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _is_deeper(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for each in level for child in _children(each)]
    return bool(level)


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _number_problems(value: Json, path: str = "") -> list[str]:
    if isinstance(value, bool):
        return []
    if isinstance(value, int) and abs(value) > _LARGEST:
        return [f"{path}: {str(value)[:_SHOWN_CHARACTERS]} has more than 64 bits; write it as a string."]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return [f"{path}: the number is too large."]
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [
        problem
        for name, child in cast("Any", named)
        for problem in _number_problems(child, f"{path}.{name}" if path else str(name))
    ]
