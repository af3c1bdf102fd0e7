"""Writes lines of InfluxDB's line protocol as points of agents' metrics: what is valid is written, the rest is told."""

import asyncio
from dataclasses import dataclass

from retinue.core.context import Context
from retinue.integrations.line_protocol import mapping, parsing
from retinue.integrations.line_protocol.errors import WriteTooLargeError
from retinue.integrations.line_protocol.mapping import DEFAULT_UNIT, Mapped
from retinue.integrations.line_protocol.types import Refusal, Written
from retinue.metrics import service as metrics

MOST_LINES = 20_000
MOST_POINTS = 20_000
MOST_AGENTS = 500
_STORED_BYTES = 16 * 1024 * 1024
"""Of the tags of all points together: a line's tags are stored with each of its fields."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Points of a request that are to be written, and the refusals so far."""

    points: list[Mapped]
    refusals: list[Refusal]


async def read(body: bytes, precision: str) -> Batch:
    """Parse a body in a thread, so that other requests go on. Raises ``WriteTooLargeError`` for too many points."""
    return await asyncio.to_thread(_read, body, precision)


def _read(body: bytes, precision: str) -> Batch:
    if body.count(b"\n") > MOST_LINES:
        raise WriteTooLargeError(f"the batch has more than {MOST_LINES:,} lines")
    lines, malformed = parsing.parse(body)
    if sum(len(line.fields) for line in lines) > MOST_POINTS:
        raise WriteTooLargeError(f"the batch has more than {MOST_POINTS:,} fields")
    if sum(len(line.fields) * sum(map(len, line.tags.values())) for line in lines) > _STORED_BYTES:
        raise WriteTooLargeError("the batch has too many fields with too long tags")
    points, refused = mapping.map_lines(lines, precision)
    if len({each.point.agent for each in points}) > MOST_AGENTS:
        raise WriteTooLargeError(f"the batch has points of more than {MOST_AGENTS} agents")
    return Batch(points, malformed + refused)


async def write(ctx: Context, batch: Batch) -> Written:
    """Write the points of a batch. May be repeated: a point with a timestamp is written once.

    Needs ``metrics:write``. A new metric without a tag ``unit`` has the unit ``count``.
    """
    receipt = await metrics.report_valid(ctx, [each.point for each in batch.points], default_unit=DEFAULT_UNIT)
    refused = [_refusal(batch.points[index], f"{each.field} {each.message}") for index, each in receipt.refused.items()]
    refusals = sorted([*batch.refusals, *refused], key=lambda each: each.number)
    return Written(receipt.written + receipt.repeated, refusals)


def _refusal(mapped: Mapped, reason: str) -> Refusal:
    return Refusal(mapped.line.number, mapped.line.text, f"field {mapped.field}: {reason}")
