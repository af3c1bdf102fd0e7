"""The parser against the encoder of the official client, and against arbitrary bytes."""

# The client is typed only in part.
# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false

import math
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from retinue.integrations.line_protocol.mapping import map_lines
from retinue.integrations.line_protocol.parsing import parse

_CHARACTERS = st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\x85\u2028\u2029")
_WORDS = st.text(_CHARACTERS, min_size=1, max_size=20)
# A backslash at the end, or before what the encoder escapes, is ambiguous in the protocol itself.
_NAMES = _WORDS.filter(lambda text: "\\" not in text and text[0] != "#" and text.strip() == text)
_TEXTS = st.text(st.one_of(_CHARACTERS, st.sampled_from('\n"\\,= ')), max_size=20)
_VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    _TEXTS,
)


def _expected(value: Any) -> Any:
    return value if isinstance(value, (bool, str)) else Decimal(str(value))


@given(
    st.lists(
        st.tuples(
            _NAMES,
            st.dictionaries(_NAMES, _NAMES, max_size=4),
            st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=4),
            st.none() | st.integers(-(2**63), 2**63 - 1),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_the_official_client_writes_is_read(
    points: list[tuple[str, dict[str, str], dict[str, Any], int | None]],
) -> None:
    encoded: list[str] = []
    for measurement, tags, fields, timestamp in points:
        point = Point(measurement)
        for name, value in tags.items():
            point.tag(name, value)
        for name, value in fields.items():
            point.field(name, value)
        if timestamp is not None:
            point.time(timestamp, WritePrecision.NS)
        encoded.append(point.to_line_protocol())

    lines, refusals = parse("\n".join(encoded).encode())

    assert refusals == []
    assert [(line.measurement, line.tags, line.timestamp) for line in lines] == [
        (measurement, tags, timestamp) for measurement, tags, _, timestamp in points
    ]
    for line, (_, _, fields, _) in zip(lines, points, strict=True):
        assert line.fields == {name: _expected(value) for name, value in fields.items()}


@given(st.binary(max_size=300) | st.text('am,= \\"\n\r\t1i#\0', max_size=300).map(str.encode))
def test_arbitrary_bytes_become_lines_and_refusals(body: bytes) -> None:
    lines, refusals = parse(body)

    numbers = sorted([line.number for line in lines] + [refusal.number for refusal in refusals])
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= body.count(b"\n") + 1 for number in numbers)
    assert all(refusal.text.encode() and refusal.reason for refusal in refusals)
    assert all(math.isfinite(value) for line in lines for value in line.fields.values() if isinstance(value, Decimal))


def test_lines_of_one_measurement_and_tags_are_read_as_each_alone() -> None:
    key = "queue,agent=A,host=b\\,\\ c"
    texts = [
        f"{key} length=12i 1790000000000000000",
        f"{key} length=x",
        f"{key}\n",
        f"{key}\\ d length=1",
        f"{key} length=3",
    ]

    lines, refusals = parse("\n".join(texts).encode())
    alone = [parse(text.encode()) for text in texts]

    assert [(line.measurement, line.tags, line.fields, line.timestamp) for line in lines] == [
        (line.measurement, line.tags, line.fields, line.timestamp) for found, _ in alone for line in found
    ]
    assert [each.reason for each in refusals] == [each.reason for _, found in alone for each in found]
    assert [line.tags["host"] for line in lines] == ["b, c", "b, c d", "b, c"]


def test_id_of_a_point_is_the_same_in_every_version() -> None:
    lines, _ = parse(b"queue,agent=A,host=b\\,\\ c length=12i 1790000000000000000")

    ((mapped,), refusals) = map_lines(lines, "ns")

    assert (str(mapped.point.point.id), refusals) == ("c2389c0c-63d2-5b3f-bee3-1b65136c7270", [])
