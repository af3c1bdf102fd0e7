"""What a line becomes: a point of an agent's metric for each numeric field, or the reason why not. Pure.

``docs/line-protocol.md`` states the rules for users.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from uuid import UUID, uuid5

from retinue.core.json import JsonObject, dumps
from retinue.integrations.line_protocol.types import Line, Refusal
from retinue.metrics.types import AgentPoint, NewPoint

NANOSECONDS: Mapping[str, int] = {
    "n": 1,
    "ns": 1,
    "u": 1_000,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
"""How many nanoseconds the unit of a precision has."""

DEFAULT_UNIT = "count"
"""Of a new metric whose line has no tag ``unit``."""

_AGENT, _AGENT_ID, _UNIT = "agent", "agent_id", "unit"
_PLAIN_FIELD = "value"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_.]+")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_UNIT_TEXT = re.compile(r"[!-~]{1,50}")
_LARGEST = Decimal(10) ** 15
_PLACES = Decimal(1).scaleb(-24)
_ROUNDING = Context(prec=60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IDS = UUID("6f1a3c52-5d0e-4f0f-9d0a-0c5d1f6f7b1e")
"""Namespace of the ids of points; never change it, or repeated points would be stored twice."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A point and the line it is from."""

    line: Line
    field: str
    point: AgentPoint


@dataclass(frozen=True, slots=True)
class _Tags:
    """What the tags of a line say, and the beginning of the names of its points' ids: a list in JSON, left open."""

    agent: str
    unit: str | None
    metadata: JsonObject
    beginning: bytes


class _RefusedError(Exception):
    """The line cannot be mapped; the argument is the reason."""


def map_lines(lines: Sequence[Line], precision: str) -> tuple[list[Mapped], list[Refusal]]:
    """Return a point for each numeric field of the lines, and why other fields and whole lines are refused."""
    points, refusals = list[Mapped](), list[Refusal]()
    shared: dict[int, _Tags] = {}
    for line in lines:
        try:
            tags = shared.get(id(line.tags)) or shared.setdefault(id(line.tags), _tags(line))
            nanoseconds = None if line.timestamp is None else line.timestamp * NANOSECONDS[precision]
            recorded_at = None if nanoseconds is None else _instant(nanoseconds)
        except _RefusedError as error:
            refusals.append(Refusal(line.number, line.text, str(error)))
            continue
        for each in _points(line, tags, nanoseconds, recorded_at):
            if isinstance(each, Refusal):
                refusals.append(each)
            else:
                field, point = each
                points.append(Mapped(line, field, AgentPoint(tags.agent, point)))
    return points, refusals


def _points(
    line: Line, tags: _Tags, nanoseconds: int | None, recorded_at: datetime | None
) -> Iterator[tuple[str, NewPoint] | Refusal]:
    for field, value in line.fields.items():
        try:
            number = _number(field, value)
            name = metric_type(line.measurement, field)
        except _RefusedError as error:
            yield Refusal(line.number, line.text, str(error))
            continue
        point_id = None
        if nanoseconds is not None:
            point_id = uuid5(_IDS, (tags.beginning + dumps([field, nanoseconds, str(number)])[1:]).decode())
        yield field, NewPoint(name, number, tags.unit, tags.metadata, recorded_at, point_id)


def metric_type(measurement: str, field: str) -> str:
    """Return the metric of a field: ``measurement.field``, or the measurement alone for the field ``value``.

    Upper case becomes lower case, and what names of metrics may not have becomes ``_``.
    """
    whole = measurement if field == _PLAIN_FIELD else f"{measurement}.{field}"
    name = _NOT_IN_NAMES.sub("_", whole.lower())
    if not _NAME.fullmatch(name):
        raise _RefusedError(f"the metric {name[:120]} must begin with a letter and have at most 100 characters")
    return name


def _tags(line: Line) -> _Tags:
    agent, agent_id, unit = (line.tags.get(name) for name in (_AGENT, _AGENT_ID, _UNIT))
    if agent is not None and agent_id is not None:
        raise _RefusedError("the line has both tags agent and agent_id; send one of them")
    if agent is None and agent_id is None:
        raise _RefusedError("the tag agent is missing; send the name or the id of an agent")
    if agent_id is not None:
        try:
            agent = str(UUID(agent_id))
        except ValueError:
            raise _RefusedError("the tag agent_id is not an id; send a name as the tag agent") from None
    if unit is not None and not _UNIT_TEXT.fullmatch(unit):
        raise _RefusedError("the tag unit may have up to 50 visible ASCII characters and no spaces")
    metadata: JsonObject = {name: value for name, value in line.tags.items() if name not in (_AGENT, _AGENT_ID, _UNIT)}
    beginning = dumps([line.measurement, sorted(line.tags.items())])[:-1] + b","
    return _Tags(str(agent), unit, metadata, beginning)


def _number(field: str, value: Decimal | str | bool) -> Decimal:  # noqa: FBT001 - a value of the protocol
    if not isinstance(value, Decimal):
        kind = "boolean" if isinstance(value, bool) else "string"
        raise _RefusedError(f"field {field} is a {kind}; metrics are numbers")
    if abs(value) > _LARGEST:
        raise _RefusedError(f"field {field} is not between -10^15 and 10^15")
    if not value:
        return Decimal(0)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -24:  # noqa: PLR2004 - decimal places of a metric
        return value.quantize(_PLACES, context=_ROUNDING)
    return value


def _instant(nanoseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        raise _RefusedError("the timestamp is out of range; check the precision") from None
