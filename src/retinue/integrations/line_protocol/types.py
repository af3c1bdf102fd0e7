"""Lines of InfluxDB's line protocol as values, and the outcome of a request."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

FieldValue: TypeAlias = Decimal | str | bool
"""Numbers of every type are decimals; only numbers become points."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the protocol. ``timestamp`` is as it was sent, in the request's precision; None: when it arrives.

    Lines of one text with the same measurement and tags share ``tags``.
    """

    number: int
    text: str
    measurement: str
    tags: dict[str, str]
    fields: dict[str, FieldValue]
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line, or one of its fields, is not written. ``text`` is the line, shortened."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a request: how many are stored, those of earlier requests included, and the refusals."""

    accepted: int
    refusals: list[Refusal]
