"""Points as line protocol. Pure.

Reference: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. A line cannot hold a line break, and a
value of a tag that ends with a backslash would escape what follows.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from retinue.integrations.influxdb.types import QueuedPoint

PRECISION_2, PRECISION_1 = "us", "u"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_VALUE = 500
_MOST_TAGS = 50
_BEFORE_SEPARATOR = re.compile(r"\\+(?=[,= ])")
_OWN = frozenset({"organization_id", "agent_id", "agent", "unit", "time", "_field", "_measurement", "value"})


def lines_of(points: Iterable[QueuedPoint]) -> bytes:
    """Return points as lines with times in microseconds."""
    return "".join(_line(each) for each in points).encode()


def _line(point: QueuedPoint) -> str:
    tags = {
        "agent": point.agent_name,
        "agent_id": str(point.agent_id),
        "organization_id": str(point.organization_id),
        "unit": point.unit,
    }
    more = [
        (str(name), str(value))
        for name, value in point.metadata.items()
        if name not in _OWN and isinstance(value, str | int | float) and not isinstance(value, bool)
    ]
    tags |= dict(sorted(more)[:_MOST_TAGS])
    told = "".join(f",{_tag(name)}={_tag(value)}" for name, value in tags.items() if _tag(name) and _tag(value))
    moment = round((point.recorded_at - _EPOCH).total_seconds() * 1_000_000)
    return f"{_measurement(point.metric_type)}{told} value={float(point.value)!r} {moment}\n"


def _measurement(text: str) -> str:
    return _plain(text).replace(",", "\\,").replace(" ", "\\ ")


def _tag(text: str) -> str:
    return _plain(text).replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _plain(text: str) -> str:
    """Return a text without what no line can hold: control characters become spaces, and no backslash is at its end.

    Nor before a separator: servers differ on whether it would escape the backslash that escapes that one.
    """
    cut = "".join(character if character.isprintable() else " " for character in text[:_LONGEST_VALUE])
    return _BEFORE_SEPARATOR.sub("", cut).strip().rstrip("\\").strip()
