"""Former formats of workflows: a document of one is read as the present format says the same.

A step takes a document of one format to the next. Steps are never removed: stored versions, plans of unfinished runs and
files of users may be of any format there ever was.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.document import FORMAT

Step = Callable[[JsonObject], JsonObject]

_FAMILY: Final = "retinue.workflow/"
_NUMBER: Final = re.compile(r"retinue\.workflow/([0-9]{1,9})")

STEPS: Final[Mapping[int, Step]] = {}
"""By the number of the format that a step takes. There has been one format so far."""


def number_of(given: Json) -> int | None:
    """Return the number of a format's name; None when it is no format of workflows."""
    found = _NUMBER.fullmatch(given) if isinstance(given, str) else None
    return None if found is None else int(found[1])


def current(document: JsonObject, steps: Mapping[int, Step] = STEPS, newest: str = FORMAT) -> JsonObject:
    """Return a document in the newest format; one of an unknown or a newer format is returned as it is."""
    number, last = number_of(document.get("format")), number_of(newest)
    if number is None or last is None or number >= last or number not in steps:
        return document
    while number < last:
        document = steps[number](document)
        number += 1
    return {**document, "format": f"{_FAMILY}{last}"}
