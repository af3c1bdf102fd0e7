"""Traces as values: where they go, what is read of a run, and the spans made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject

Attribute: TypeAlias = str | int | float | bool | list[str]


class Destination(StrEnum):
    """A kind of destination; each gets every run, at its own pace."""

    OTLP = "otlp"
    LANGFUSE = "langfuse"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination with its URL and headers, credentials included."""

    name: Destination
    url: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Queued:
    """A run that a destination has yet to receive."""

    id: int
    organization_id: OrganizationId
    run_id: UUID


@dataclass(frozen=True, slots=True)
class TracedRun:
    """What a trace tells of a run. ``input``, ``output`` (JSON as text) and ``error_message`` are read with content only.

    ``user_id`` is the person or the visitor; ``usage`` is ``runs.resource_usage``.
    """

    id: UUID
    organization_id: UUID
    type: str
    target_id: UUID
    target_name: str
    version: int | None
    runtime: str | None
    provider_kind: str | None
    model: str | None
    conversation_id: UUID | None
    deployment_id: UUID | None
    parent_run_id: UUID | None
    parent_step_id: UUID | None
    user_id: UUID | None
    status: str
    trigger: str
    error_code: str | None
    error_message: str | None
    trace_id: str
    caller_span_id: str | None
    usage: JsonObject
    tags: list[str]
    input: str | None
    output: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class TracedStep:
    """What a trace tells of a step; the texts are read with content only. ``call_id`` is the model's id of a tool call."""

    run_id: UUID
    id: UUID
    parent_step_id: UUID | None
    sequence: int
    name: str
    type: str
    status: str
    node_id: str | None
    visit: int | None
    usage: JsonObject | None
    call_id: str | None
    finish_reason: str | None
    error_message: str | None
    input: str | None
    output: str | None
    started_at: datetime
    completed_at: datetime | None


class SpanKind(StrEnum):
    """The kind of a span: work of this process, or a call of something remote."""

    INTERNAL = "internal"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of OpenTelemetry. Times are nanoseconds since 1970; ids are bytes, ``trace_id`` 16 and the others 8."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes | None
    name: str
    kind: SpanKind
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Attribute]
    is_error: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Tracing:
    """How runs of an organization are traced.

    ``link`` is the URL of a trace for people, with ``{trace_id}`` in it. Content leaves only where the operator sends it and
    the organization allows it.
    """

    destinations: list[Destination]
    link: str | None
    sends_content: bool
    allows_content: bool


@dataclass(frozen=True, slots=True)
class DestinationStanding:
    """How a destination stands. ``waiting`` counts ended runs, up to 100,000; ``dropped_count`` those it never received."""

    name: str
    is_active: bool
    waiting: int
    oldest_seconds: float
    failures: int
    error: str | None
    succeeded_at: datetime | None
    dropped_count: int
