"""What Langfuse reads beside the conventions (https://langfuse.com/integrations/native/opentelemetry, property mapping)."""

from dataclasses import replace

from retinue.core.json import dumps
from retinue.integrations.tracing.spans import dollars
from retinue.integrations.tracing.types import Attribute, Span, TracedRun, TracedStep

_TYPES = {"llm_call": "generation", "tool": "tool"}
_RUN_TYPES = {"agent": "agent", "team": "chain", "workflow": "chain"}


def for_run(span: Span, run: TracedRun) -> Span:
    """Add what Langfuse shows of a run; the first run of a trace names the trace too."""
    own = {**_common(span, run), "langfuse.observation.type": _RUN_TYPES.get(run.type, "span")}
    own |= _content("langfuse.observation", run.input, run.output)
    if run.parent_run_id is None:
        own["langfuse.trace.name"] = run.target_name
        own |= _content("langfuse.trace", run.input, run.output)
        if run.tags:
            own["langfuse.trace.tags"] = run.tags
    return replace(span, attributes={**span.attributes, **own})


def for_step(span: Span, run: TracedRun, step: TracedStep) -> Span:
    """Add what Langfuse shows of a step; of a model call its model, tokens and cost."""
    own = {**_common(span, run), "langfuse.observation.type": _TYPES.get(step.type, "span")}
    own |= _content("langfuse.observation", step.input, step.output)
    if step.type == "llm_call":
        usage = step.usage or {}
        own["langfuse.observation.model.name"] = str(usage.get("model") or step.name)
        counts = {"input": usage.get("input_tokens"), "output": usage.get("output_tokens")}
        counted = {name: count for name, count in counts.items() if isinstance(count, int)}
        if counted:
            own["langfuse.observation.usage_details"] = dumps(counted).decode()
        if (cost := dollars(usage)) is not None:
            own["langfuse.observation.cost_details"] = dumps({"total": cost}).decode()
    return replace(span, attributes={**span.attributes, **own})


def _common(span: Span, run: TracedRun) -> dict[str, Attribute]:
    own: dict[str, Attribute] = {}
    if run.conversation_id is not None:
        own["langfuse.session.id"] = str(run.conversation_id)
    if run.user_id is not None:
        own["langfuse.user.id"] = str(run.user_id)
    if span.is_error:
        own["langfuse.observation.level"] = "ERROR"
        if span.message:
            own["langfuse.observation.status_message"] = span.message
    return own


def _content(prefix: str, given: str | None, gave: str | None) -> dict[str, Attribute]:
    return {f"{prefix}.{name}": text for name, text in (("input", given), ("output", gave)) if text is not None}
