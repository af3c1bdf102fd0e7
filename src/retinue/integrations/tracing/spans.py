"""Runs and steps as spans, named as the semantic conventions for generative AI ask.

The conventions are those of https://github.com/open-telemetry/semantic-conventions-genai, status Development, read at
commit 002c8a6, which builds on version 1.41.1 of the general conventions: spans ``invoke_agent``, ``invoke_workflow``,
``chat`` and ``execute_tool``. What they have no name for begins with ``retinue.``. The ids of spans are made of those of
runs and steps, so that a span that is sent again replaces itself.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from retinue.core.json import JsonObject
from retinue.integrations.tracing import content
from retinue.integrations.tracing.types import Attribute, Span, SpanKind, TracedRun, TracedStep

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PROVIDERS = {"openai_compatible": "openai", "google": "gcp.gemini"}
"""Kinds of providers whose name in the conventions is another."""
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TOO_LARGE = 1 << 63
_FAILED_STEPS = frozenset({"failed", "interrupted"})


def span_id_of(run_id: UUID, step_id: UUID | None = None) -> bytes:
    """Return the id of the span of a run, or of one of its steps: 8 bytes that are the same each time."""
    return blake2b(run_id.bytes + (b"" if step_id is None else step_id.bytes), digest_size=8).digest()


def trace_id_of(run: TracedRun) -> bytes:
    """Return the id of a run's trace: 16 bytes. What is no such id, as in data of other origin, is replaced by the run's."""
    return bytes.fromhex(run.trace_id) if _TRACE_ID.fullmatch(run.trace_id) else run.id.bytes


def span_of_run(run: TracedRun) -> Span:
    """Return the span of a run: under its caller's, under the step that asked for it, or the first of its trace."""
    parent: bytes | None = None
    if run.parent_run_id is not None:
        parent = span_id_of(run.parent_run_id, run.parent_step_id)
    elif run.caller_span_id is not None:
        parent = bytes.fromhex(run.caller_span_id)
    is_agent = run.type == "agent"
    operation = "invoke_agent" if is_agent else "invoke_workflow"
    is_error = run.status == "failed"
    began = run.started_at or run.created_at
    attributes: dict[str, Attribute | None] = {
        "gen_ai.operation.name": operation,
        **(_agent(run) if is_agent else {"gen_ai.workflow.name": run.target_name}),
        **_common(run),
        "error.type": (run.error_code or "_OTHER") if is_error else None,
        "retinue.run.type": run.type,
        "retinue.run.status": run.status,
        "retinue.run.trigger": run.trigger,
        "retinue.run.queued_ms": (began - run.created_at) // timedelta(milliseconds=1),
        "retinue.target.id": str(run.target_id),
        "retinue.target.version": run.version,
        "retinue.deployment.id": _text(run.deployment_id),
        **_totals(run.usage),
        **content.of_run(run),
    }
    return Span(
        trace_id=trace_id_of(run),
        span_id=span_id_of(run.id),
        parent_span_id=parent,
        name=f"{operation} {run.target_name}",
        kind=SpanKind.CLIENT if run.runtime == "external" else SpanKind.INTERNAL,
        start_ns=_nanoseconds(began),
        end_ns=_nanoseconds(max(run.completed_at, began)),
        attributes=_given(attributes),
        is_error=is_error,
        message=(run.error_message or run.error_code or "") if is_error else "",
    )


def span_of_step(run: TracedRun, step: TracedStep) -> Span:
    """Return the span of a step, under that of the step it belongs to, else under its run's."""
    operation, subject, kind = _operation(step)
    is_error = step.status in _FAILED_STEPS
    attributes: dict[str, Attribute | None] = {
        **(_model_call(run, step) if step.type == "llm_call" else {}),
        **(_tool_call(step) if step.type == "tool" else {}),
        **_common(run),
        "error.type": ("interrupted" if step.status == "interrupted" else "_OTHER") if is_error else None,
        "retinue.step.id": str(step.id),
        "retinue.step.type": step.type,
        "retinue.step.status": step.status,
        "retinue.step.number": step.sequence,
        "retinue.node.id": step.node_id,
        "retinue.node.visit": step.visit,
        **content.of_step(step),
    }
    ended = step.completed_at or run.completed_at
    return Span(
        trace_id=trace_id_of(run),
        span_id=span_id_of(run.id, step.id),
        parent_span_id=span_id_of(run.id, step.parent_step_id),
        name=f"{operation} {subject}",
        kind=kind,
        start_ns=_nanoseconds(step.started_at),
        end_ns=_nanoseconds(max(ended, step.started_at)),
        attributes=_given(attributes),
        is_error=is_error,
        message=(step.error_message or "") if is_error else "",
    )


def _operation(step: TracedStep) -> tuple[str, str, SpanKind]:
    if step.type == "llm_call":
        return "chat", step.name, SpanKind.CLIENT
    return ("execute_tool" if step.type == "tool" else step.type), step.name, SpanKind.INTERNAL


def _agent(run: TracedRun) -> dict[str, Attribute | None]:
    return {
        "gen_ai.agent.id": str(run.target_id),
        "gen_ai.agent.name": run.target_name,
        "gen_ai.agent.version": None if run.version is None else str(run.version),
        "gen_ai.provider.name": provider_name(run.provider_kind),
        "gen_ai.request.model": run.model,
    }


def _model_call(run: TracedRun, step: TracedStep) -> dict[str, Attribute | None]:
    usage = step.usage or {}
    first_ms = usage.get("first_token_ms")
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider_name(run.provider_kind),
        "gen_ai.request.model": step.name,
        "gen_ai.response.model": _string(usage.get("model")),
        "gen_ai.response.finish_reasons": None if step.finish_reason is None else [step.finish_reason],
        "gen_ai.response.time_to_first_chunk": first_ms / 1000 if isinstance(first_ms, int | float) else None,
        "gen_ai.usage.input_tokens": _integer(usage.get("input_tokens")),
        "gen_ai.usage.output_tokens": _integer(usage.get("output_tokens")),
        "gen_ai.usage.cache_read.input_tokens": _integer(usage.get("cached_input_tokens")) or None,
        "retinue.usage.cost_usd": dollars(usage),
        "retinue.usage.is_estimated": True if usage.get("is_estimated") else None,
    }


def _tool_call(step: TracedStep) -> dict[str, Attribute | None]:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": step.name,
        "gen_ai.tool.call.id": step.call_id,
        "gen_ai.tool.type": "function",
    }


def _common(run: TracedRun) -> dict[str, Attribute | None]:
    return {
        "gen_ai.conversation.id": _text(run.conversation_id),
        "session.id": _text(run.conversation_id),
        "user.id": _text(run.user_id),
        "retinue.organization.id": str(run.organization_id),
        "retinue.run.id": str(run.id),
    }


def _totals(usage: JsonObject) -> dict[str, Attribute | None]:
    """Return what a run used in all, under names of its own: receivers add up those of the model calls themselves."""
    counts = ("steps", "model_calls", "tool_calls", "input_tokens", "output_tokens")
    return {**{f"retinue.run.{name}": _integer(usage.get(name)) for name in counts}, "retinue.run.cost_usd": dollars(usage)}


def provider_name(kind: str | None) -> str | None:
    """Return the conventions' name of a kind of provider."""
    return None if kind is None else _PROVIDERS.get(kind, kind)


def dollars(usage: JsonObject) -> float | None:
    """Return a cost in US dollars; None when it is not known."""
    cost = usage.get("cost_usd")
    try:
        return float(cost) if isinstance(cost, str | int | float) else None
    except ValueError:
        return None


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND * 1000


def _given(attributes: dict[str, Attribute | None]) -> dict[str, Attribute]:
    return {name: value for name, value in attributes.items() if value is not None}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    """Return an integer that OTLP has a form for: 64 bits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LARGE else None
