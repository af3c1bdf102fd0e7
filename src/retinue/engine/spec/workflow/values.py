"""The small values of a workflow's document: ids, durations, expressions, and templates within texts."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from retinue.core.validation import form

START: Final = "START"
END: Final = "END"
_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,3})?)S)?)?")
_UNITS = (86_400, 3_600, 60, 1)
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def seconds_of(duration: str) -> float:
    """Return the seconds of an ISO 8601 duration of days to seconds, as in ``P2D`` or ``PT2M30S``. Raises ``ValueError``."""
    found = _DURATION.fullmatch(duration)
    if found is None or duration[-1] in "PT":
        raise ValueError("must be an ISO 8601 duration of days, hours, minutes and seconds, such as P2D or PT2M30S")
    return sum(float(number) * unit for number, unit in zip(found.groups(), _UNITS, strict=True) if number)


def _duration(value: str) -> str:
    if seconds_of(value) <= 0:
        raise ValueError("must be longer than nothing")
    return value


def _unreserved(value: str) -> str:
    if value in {START, END}:
        raise ValueError("is the name of an end of the graph")
    return value


Id = Annotated[
    str,
    Field(
        pattern=form(
            r"^[A-Za-z][A-Za-z0-9_-]{0,63}$",
            "may contain letters, digits, '_' and '-', up to 64 characters, and must begin with a letter",
        )
    ),
    AfterValidator(_unreserved),
]
"""Names a node in its graph: stable, for the canvas, for steps and for pins refer to it."""

StateKey = Annotated[
    str,
    Field(
        pattern=form(
            r"^[A-Za-z][A-Za-z0-9_]{0,63}$",
            "may contain letters, digits and '_', up to 64 characters, and must begin with a letter",
        )
    ),
]

Duration = Annotated[
    str, AfterValidator(_duration), WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT2M", "P2D"]})
]
"""An ISO 8601 duration; see ``seconds_of``."""

Expression = Annotated[str, Field(min_length=1, max_length=4_096, json_schema_extra={"format": "expression"})]
"""An expression in Python, over ``state``, ``input``, ``item``, ``index``, ``result``, ``run`` and ``variables``."""


def expressions_in(text: str) -> list[str]:
    """Return the expressions of a text with ``{{ … }}`` in it, in order."""
    return [found.strip() for found in _TEMPLATE.findall(text)]


def is_expression(text: str) -> bool:
    """Say whether a text is exactly one ``{{ … }}``, whose value keeps its type; any other becomes a text."""
    found = _TEMPLATE.fullmatch(text.strip())
    return found is not None and "}}" not in found.group(1)


def split(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a text: (False, literal) and (True, expression), in order."""
    parts: list[tuple[bool, str]] = []
    end = 0
    for found in _TEMPLATE.finditer(text):
        if found.start() > end:
            parts.append((False, text[end : found.start()]))
        parts.append((True, found.group(1).strip()))
        end = found.end()
    if end < len(text):
        parts.append((False, text[end:]))
    return parts
