"""What is stored of a step: its input and output, what it used, its log line, and its node of the mind map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.engine import prompt
from retinue.engine.errors import OutputInvalidError
from retinue.engine.ports import CallRecord, Message, ModelResponse, ToolResult, Usage
from retinue.engine.pricing import cost_text
from retinue.engine.records import AnswerWarning, LogLine, StepRecord, StepStart, Thought
from retinue.engine.redaction import Redactor
from retinue.engine.replay import EXECUTED, SIMULATED
from retinue.engine.requests import record_input

_SHOWN_CHARACTERS = 2_000
"""A thought is for reading on one screen; the whole text stands in the step."""

INPUT_NODE = "input"
"""The node id of what the person asked; every other node's id is that of its step."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The messages a model call was sent, without the instructions, and what takes secrets out of their record.

    ``model`` is the model's name where it is not the step's.
    """

    messages: list[Message]
    redactor: Redactor | None = None
    model: str | None = None


def model_call(
    start: StepStart,
    sent: Sent,
    response: ModelResponse,
    *,
    now: datetime,
    elapsed_ms: int,
    warnings: tuple[AnswerWarning, ...] = (),
) -> StepRecord:
    """Record a model's answer."""
    tokens = f"{response.usage.input_tokens} tokens in, {response.usage.output_tokens} out"
    lines = [LogLine("info", f"{response.model} answered in {elapsed_ms} ms: {tokens}.")]
    lines += [LogLine("warning", warning) for warning in response.warnings]
    lines += [LogLine("warning", warning.message, {"code": warning.code}) for warning in warnings]
    return StepRecord(
        start=start,
        status="completed",
        input=record_input(sent.messages, sent.redactor),
        output=_model_output(response),
        completed_at=now,
        usage=_usage(response),
        logs=tuple(lines),
        thoughts=_model_thoughts(start, sent, response, elapsed_ms),
        warnings=warnings,
    )


def failed_model_call(
    start: StepStart,
    sent: Sent,
    error: Error,
    *,
    now: datetime,
    partial: JsonObject | None = None,
    usage: Usage | None = None,
) -> StepRecord:
    """Record a model call that failed permanently, with the part of its answer that arrived and what it used.

    ``partial`` is that of ``PartialAnswer.output``.
    """
    return replace(
        open_model_call(start, sent, partial=partial, usage=usage),
        status="failed",
        completed_at=now,
        error_message=error.detail,
        logs=(LogLine("error", error.detail, {"code": error.code}),),
    )


def open_model_call(
    start: StepStart, sent: Sent, *, partial: JsonObject | None = None, usage: Usage | None = None
) -> StepRecord:
    """Return a model call that is under way as a step; the arguments are those of ``failed_model_call``."""
    return StepRecord(
        start=start,
        status="running",
        input=record_input(sent.messages, sent.redactor),
        output=partial,
        completed_at=None,
        usage=None if usage is None else {**_counts(usage), "model": sent.model or start.name},
        thoughts=_input_thought(sent),
    )


def with_repair(record: StepRecord, problems: Sequence[str]) -> StepRecord:
    """Return the record of an answer that does not fit the output schema and is asked for once more."""
    message = f"The answer does not fit the output schema; the model is asked to correct it. {' '.join(problems)}"
    return replace(record, logs=(*record.logs, LogLine("warning", message, {"code": OutputInvalidError.code})))


def with_invalid_output(record: StepRecord, error: OutputInvalidError) -> StepRecord:
    """Return the record of an answer that does not fit the output schema the second time: a failed step."""
    line = LogLine("error", error.detail, {"code": error.code, "errors": [*error.problems]})
    return replace(record, status="failed", error_message=error.detail, logs=(*record.logs, line))


def tool_call(
    start: StepStart, call: CallRecord, arguments: JsonObject, result: ToolResult, *, now: datetime, elapsed_ms: int
) -> StepRecord:
    """Tell of a tool call, whether the tool succeeded or said that it failed."""
    verb = "failed" if result.is_error else "answered"
    own = LogLine("warning" if result.is_error else "info", f"{call['name']} {verb} in {elapsed_ms} ms.")
    return StepRecord(
        start=start,
        status="failed" if result.is_error else "completed",
        input=arguments,
        output=result.output,
        completed_at=now,
        error_message=_to_text(result.output) if result.is_error else None,
        logs=(*(LogLine(level, message) for level, message in result.logs), own),
        thoughts=(_action(start, call["name"], arguments, result, elapsed_ms),),
        artifacts=result.artifacts,
        source=SIMULATED if result.is_simulated else EXECUTED,
    )


def failed_tool_call(start: StepStart, arguments: JsonObject, error: Error, *, now: datetime) -> StepRecord:
    """Tell of a tool call that the platform could not carry out."""
    return StepRecord(
        start=start,
        status="failed",
        input=arguments,
        output=None,
        completed_at=now,
        error_message=error.detail,
        logs=(LogLine("error", error.detail, {"code": error.code}),),
    )


def _model_output(response: ModelResponse) -> Json:
    output: JsonObject = {"text": response.content, "finish_reason": str(response.finish_reason)}
    if response.finish_detail:
        output["finish_detail"] = response.finish_detail
    if response.reasoning:
        output["reasoning"] = response.reasoning
    if response.tool_calls:
        output["tool_calls"] = cast("Json", [prompt.call_record(call) for call in response.tool_calls])
    return output


def _usage(response: ModelResponse) -> JsonObject:
    return {
        **_counts(response.usage),
        "model": response.model,
        "first_token_ms": response.first_token_ms,
        "attempts": response.attempts,
    }


def _counts(usage: Usage) -> JsonObject:
    counts: JsonObject = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "cost_usd": None if usage.cost_usd is None else cost_text(usage.cost_usd),
    }
    return {**counts, "is_estimated": True} if usage.is_estimated else counts


def _model_thoughts(start: StepStart, sent: Sent, response: ModelResponse, elapsed_ms: int) -> tuple[Thought, ...]:
    kind = "processing" if response.tool_calls else "output"
    content = response.reasoning or response.content or _intention(response)
    own = Thought(
        node_id=str(start.id),
        node_type=kind,
        content=_to_text(content),
        parent_node_id=_last_node(sent.messages),
        metadata={"model": response.model, "finish_reason": str(response.finish_reason)},
        processing_time_ms=elapsed_ms,
    )
    return (*_input_thought(sent), own)


def _input_thought(sent: Sent) -> tuple[Thought, ...]:
    if _last_node(sent.messages) != INPUT_NODE or not sent.messages:
        return ()
    asked = prompt.text_of(sent.messages[-1]["content"])
    if sent.redactor is not None:
        asked = sent.redactor.text(asked)
    return (Thought(INPUT_NODE, "input", _to_text(asked), None, {}),)


def _action(start: StepStart, name: str, arguments: JsonObject, result: ToolResult, elapsed_ms: int) -> Thought:
    return Thought(
        node_id=str(start.id),
        node_type="action",
        content=_to_text(f"{name}: {_to_text(result.output)}"),
        parent_node_id=None if start.parent_step_id is None else str(start.parent_step_id),
        metadata={"tool": name, "arguments": arguments, "is_error": result.is_error},
        processing_time_ms=elapsed_ms,
    )


def _intention(response: ModelResponse) -> str:
    return "Calls " + ", ".join(call.name for call in response.tool_calls) if response.tool_calls else ""


def _last_node(messages: list[Message]) -> str:
    """Return the node that a model call follows from: the last step of this run among the messages, else the input."""
    return messages[-1].get("step_id", INPUT_NODE) if messages else INPUT_NODE


def _to_text(value: Json) -> str:
    text = prompt.as_text(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
