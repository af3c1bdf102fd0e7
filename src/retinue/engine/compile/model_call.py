# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

"""A model call as a step of a graph: made, recorded, charged; what arrived of one that failed is kept."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

from langgraph.runtime import ExecutionInfo, Runtime

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.engine import answers, prompt, trace
from retinue.engine.compile.admission import Place, admit
from retinue.engine.errors import OutputInvalidError
from retinue.engine.output import is_repaired, read_output, repair_message
from retinue.engine.partial import PartialAnswer, usage_of
from retinue.engine.ports import Message, ModelRequest, ModelResponse, ToolSchema, Usage
from retinue.engine.records import StepRecord, StepStart
from retinue.engine.redaction import Stream
from retinue.engine.scope import RunScope, SoFar, Stopwatch
from retinue.engine.secrecy import clean_error, clean_response
from retinue.engine.spec.variables import fill
from retinue.engine.spending import Reservation


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered, as the message that is kept, and its record, which is not told yet."""

    response: ModelResponse
    message: Message
    record: StepRecord

    @property
    def step_id(self) -> str:
        """The id of the call's step."""
        return str(self.record.start.id)


@dataclass(frozen=True, slots=True)
class Read:
    """A final answer, read: an output, or the messages by which the model is asked to correct it."""

    output: Json
    messages: list[Message]


def append(left: list[Message], right: list[Message]) -> list[Message]:
    """Reduce the channel of messages."""
    return left + right


async def ask_model(
    runtime: Runtime[RunScope],
    messages: list[Message],
    *,
    tools: tuple[ToolSchema, ...],
    output_schema: JsonObject | None,
) -> Answered:
    """Call the run's model. The caller ends the step with the record. Raises an ``Error`` of a kind, which is recorded."""
    scope, info = runtime.context, info_of(runtime)
    sent, task_id = trace.Sent(messages, scope.redactor), UUID(info.task_id)
    place = Place(task_id, {"checkpoint_id": info.checkpoint_id, "parent_step_id": None})
    request, held = await admit(scope, _request(scope, messages, str(task_id), (tools, output_schema)), place)
    count_call(scope, held)
    start = begin(runtime, name=request.model.name, kind="llm_call", so_far=so_far_of(scope, sent))
    return await call_model(scope, sent, start, request, held)


def count_call(scope: RunScope, held: Reservation | None) -> None:
    """Count a model call that is about to be made. Raises a ``LimitedError``, and then gives back what is held for it."""
    try:
        scope.budget.begin_model_call()
    except Error:
        if held is not None:
            held.settle(None)
        raise


async def call_model(
    scope: RunScope, sent: trace.Sent, start: StepStart, request: ModelRequest, held: Reservation | None = None
) -> Answered:
    """Call a model as a step that has begun. The caller has counted the call, and ends the step with the record.

    What is held for the call is settled, however it ends. Raises an ``Error`` of a kind, which is recorded.
    """
    partial = scope.partials[start.id] = PartialAnswer(request, scope.recorder.delta_sink(start))
    if held is None:
        return await _call(scope, sent, start, partial)
    used: Usage | None = None
    try:
        answered = await _call(scope, sent, start, partial)
        used = answered.response.usage
    except BaseException as error:  # cancellation above all: what arrived by then was spent
        partial.known = partial.known or usage_of(error)
        used = partial.usage_now()
        raise
    finally:
        held.settle(used)
    record = answered.record
    record = replace(record, logs=(*held.notes, *record.logs), provider_kind=request.model.kind)
    return replace(answered, record=record)


async def _call(scope: RunScope, sent: trace.Sent, start: StepStart, partial: PartialAnswer) -> Answered:
    messages, watch = sent.messages, Stopwatch()
    try:
        response = answers.with_safe_calls(await _complete(scope, partial), messages)
    except Error as error:
        await _end_failed(scope, start, sent, error)
        raise
    del scope.partials[start.id]
    warnings = answers.warnings_of(response)
    scope.budget.charge(response.usage)
    scope.budget.count_warnings(len(warnings))
    now, elapsed_ms = scope.clock.now(), watch.elapsed_ms
    record = trace.model_call(start, sent, response, now=now, elapsed_ms=elapsed_ms, warnings=warnings)
    return Answered(response, prompt.answer(response, str(start.id)), record)


def read_answer(scope: RunScope, messages: list[Message], answered: Answered) -> Read:
    """Read a final answer and tell its record.

    An answer that does not fit the output schema is asked for once more. Raises ``OutputInvalidError`` the second time.
    """
    schema, record, text = scope.plan.agent.output_schema, answered.record, answered.response.content
    if schema is None:
        scope.end(record)
        return Read({"text": text}, [answered.message])
    output, problems = read_output(text, schema)
    if not problems:
        scope.end(record)
        return Read(output, [answered.message])
    if is_repaired(messages):
        error = OutputInvalidError(problems, text)
        scope.end(trace.with_invalid_output(record, error))
        raise error
    scope.end(trace.with_repair(record, problems))
    return Read(None, [answered.message, repair_message(problems, schema)])


async def _end_failed(scope: RunScope, start: StepStart, sent: trace.Sent, error: Error) -> None:
    """Record a failed call with what arrived of its answer."""
    partial, output, usage = scope.partials.pop(start.id, None), None, None
    if partial is not None:
        output, usage = partial.output(), await partial.usage(error)
    if usage is not None:
        scope.budget.charge(usage)
    now = scope.clock.now()
    scope.end(trace.failed_model_call(start, sent, error, now=now, partial=output, usage=usage))


def so_far_of(scope: RunScope, sent: trace.Sent) -> SoFar:
    """Return what tells a call that is under way."""
    return lambda step: _so_far(scope, sent, step)


async def _so_far(scope: RunScope, sent: trace.Sent, start: StepStart) -> StepRecord:
    partial, output, usage = scope.partials.get(start.id), None, None
    if partial is not None:
        output, usage = partial.output(), await partial.usage()
    return trace.open_model_call(start, sent, partial=output, usage=usage)


async def _complete(scope: RunScope, partial: PartialAnswer) -> ModelResponse:
    try:
        return await _complete_clean(scope, partial)
    except asyncio.CancelledError as cut_off:
        partial.known = usage_of(cut_off)
        raise


async def _complete_clean(scope: RunScope, partial: PartialAnswer) -> ModelResponse:
    if scope.redactor is None:
        return await scope.model.complete(partial.request, partial.take)
    stream = Stream(scope.redactor, partial.take)
    try:
        response = await scope.model.complete(partial.request, stream.take)
    except Error as error:
        clean_error(scope.redactor, error)
        raise
    finally:
        stream.end()
    return clean_response(scope.redactor, response)


def _request(
    scope: RunScope, messages: list[Message], key: str, terms: tuple[tuple[ToolSchema, ...], JsonObject | None]
) -> ModelRequest:
    plan = scope.plan.agent
    if scope.instructions is None:
        scope.instructions = fill(plan.instructions, plan.variables)
    return ModelRequest(
        organization_id=scope.organization_id,
        model=plan.model,
        messages=prompt.with_instructions(scope.instructions, messages),
        tools=terms[0],
        timeout_seconds=float(scope.plan.limits.timeout_seconds),
        idempotency_key=f"{scope.run_id}:{key}",
        output_schema=terms[1],
    )


def begin(runtime: Runtime[RunScope], *, name: str, kind: str, so_far: SoFar, parent: UUID | None = None) -> StepStart:
    """Begin a step whose id is that of LangGraph's task."""
    info = info_of(runtime)
    return runtime.context.begin(
        task_id=info.task_id, checkpoint_id=info.checkpoint_id, name=name, kind=kind, so_far=so_far, parent=parent
    )


def info_of(runtime: Runtime[RunScope]) -> ExecutionInfo:
    """Return which task a node carries out."""
    if runtime.execution_info is None:  # only outside a graph
        raise RuntimeError("a node was called outside its graph")
    return runtime.execution_info
