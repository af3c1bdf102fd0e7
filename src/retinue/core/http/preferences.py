"""The ``Prefer`` header (RFC 7240): how long a client wants to wait for work that takes time."""

import re
from typing import Annotated

from fastapi import Header

from retinue.core.errors import FieldProblem, InvalidError

MAX_WAIT_SECONDS = 600
APPLIED_HEADER = "Preference-Applied"

Prefer = Annotated[
    str | None,
    Header(
        alias="Prefer",
        max_length=200,
        description="`wait=N`: answer with the finished run, or with 202 after N seconds (at most 600) or when the run "
        "waits for a person. Other preferences are ignored.",
    ),
]

_WAIT = re.compile(r'^\s*wait\s*=\s*"?(?P<seconds>[^";]*)"?\s*(;.*)?$', re.IGNORECASE)


class PreferInvalidError(InvalidError):
    """The header Prefer has no valid waiting time."""

    code = "prefer_invalid"


def wait_seconds(prefer: str | None) -> int | None:
    """Return the seconds of ``wait=N``, at most ``MAX_WAIT_SECONDS``; None without that preference.

    Raises ``PreferInvalidError`` when N is not a whole number of seconds.
    """
    for preference in (prefer or "").split(","):
        match = _WAIT.match(preference)
        if match is None:
            continue
        text = match["seconds"].strip()
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            message = "`wait` is not a whole number of seconds"
            remedy = "Send for example 'Prefer: wait=60'."
            raise PreferInvalidError(f"Prefer: {message}.", remedy=remedy, fields=(FieldProblem("Prefer", message, remedy),))
        return min(int(text), MAX_WAIT_SECONDS)
    return None
