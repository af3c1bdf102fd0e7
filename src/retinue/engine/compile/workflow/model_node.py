"""The model nodes of a workflow: one call each, asked once more when the answer does not fit the output schema."""

from dataclasses import replace
from typing import cast
from uuid import uuid5

from retinue.core.json import Json
from retinue.engine import trace
from retinue.engine.compile.admission import Place, admit
from retinue.engine.compile.model_call import Answered, call_model, count_call, so_far_of
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recording import Recording, place_of
from retinue.engine.errors import OutputInvalidError
from retinue.engine.output import read_output, repair_message
from retinue.engine.ports import Message, ModelRequest, ModelSpec
from retinue.engine.prompt import as_text
from retinue.engine.spec.workflow.nodes import ModelNode
from retinue.engine.spec.workflow.values import seconds_of


class ModelCalls:
    """Makes the model calls of one execution of a run."""

    def __init__(self, recording: Recording) -> None:
        """Take how steps are recorded."""
        self._recording = recording
        self._scope = recording.scope

    async def call(self, task: Task, node: ModelNode, model: ModelSpec) -> Json:
        """Return the model's answer: a text, or an object by the output schema. Raises ``OutputInvalidError`` too."""
        messages, schema = _messages_of(task), node.output_schema
        answered = await self._ask(task, node, model, messages)
        if schema is None:
            self._end(answered, model)
            return answered.response.content
        output, problems = read_output(answered.response.content, schema)
        if not problems:
            self._end(answered, model)
            return output
        self._end(replace(answered, record=trace.with_repair(answered.record, problems)), model)
        again: list[Message] = [*messages, answered.message, repair_message(problems, schema)]
        repaired = replace(task, id=uuid5(task.id, "repair"))
        self._recording.check()
        corrected = await self._ask(repaired, node, model, again)
        record = replace(corrected.record, told_by=task.id)
        output, problems = read_output(corrected.response.content, schema)
        if problems:
            error = OutputInvalidError(problems, corrected.response.content)
            self._end(replace(corrected, record=trace.with_invalid_output(record, error)), model)
            raise error
        self._end(replace(corrected, record=record), model)
        return output

    async def _ask(self, task: Task, node: ModelNode, model: ModelSpec, messages: list[Message]) -> Answered:
        scope = self._scope
        most = float(scope.plan.limits.timeout_seconds)
        request = ModelRequest(
            organization_id=scope.organization_id,
            model=model,
            messages=messages,
            tools=(),
            timeout_seconds=most if node.timeout is None else min(most, seconds_of(node.timeout)),
            idempotency_key=f"{scope.run_id}:{task.step_id}",
            output_schema=node.output_schema,
        )
        request, held = await admit(scope, request, Place(task.id, place_of(task)))
        sent = trace.Sent(messages, scope.redactor, request.model.name)
        count_call(scope, held)
        start = self._recording.begin(task, "llm_call", so_far_of(scope, sent))
        return await call_model(scope, sent, start, request, held)

    def _end(self, answered: Answered, model: ModelSpec) -> None:
        self._recording.tell(replace(answered.record, provider_kind=answered.record.provider_kind or model.kind))


def _messages_of(task: Task) -> list[Message]:
    """Return the messages with values put in; those of the system become one, at the front."""
    given = cast("list[dict[str, Json]]", (task.given or {}).get("messages") or [])
    system = "\n\n".join(as_text(each["text"]) for each in given if each["role"] == "system")
    rest: list[Message] = [
        {"role": str(each["role"]), "content": as_text(each["text"])} for each in given if each["role"] != "system"
    ]
    return [{"role": "system", "content": system}, *rest] if system else rest
