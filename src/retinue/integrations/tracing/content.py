"""Inputs and outputs as attributes, where the operator allows content: messages in the form of the GenAI conventions.

What was read is text that may have been cut in the middle; such a text is told as it is, as one part of one message.
"""

from typing import cast

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.integrations.tracing.types import Attribute, TracedRun, TracedStep

MAX_CHARACTERS = 32_768
"""Of each text that leaves; collectors refuse requests of several megabytes."""


def of_run(run: TracedRun) -> dict[str, Attribute | None]:
    """Return what a run was asked and answered."""
    return {
        "gen_ai.input.messages": _messages("user", _prompt_of(run.input)),
        "gen_ai.output.messages": _messages("assistant", _answer_of(run.output), "stop"),
    }


def of_step(step: TracedStep) -> dict[str, Attribute | None]:
    """Return what a step was given and gave: of a model call new messages and answer, of a tool arguments and result."""
    if step.type == "llm_call":
        return {"gen_ai.input.messages": _model_input(step.input), "gen_ai.output.messages": _model_output(step.output)}
    if step.type == "tool":
        return {"gen_ai.tool.call.arguments": step.input, "gen_ai.tool.call.result": step.output}
    return {"retinue.step.input": step.input, "retinue.step.output": step.output}


def _read(text: str | None) -> Json:
    """Return the document of a text; the text itself when it was cut."""
    if text is None:
        return None
    try:
        return loads(text.encode())
    except ValueError:
        return text


def _prompt_of(text: str | None) -> Json:
    document = _read(text)
    return document["prompt"] if isinstance(document, dict) and "prompt" in document else document


def _answer_of(text: str | None) -> Json:
    document = _read(text)
    return document["text"] if isinstance(document, dict) and document.keys() == {"text"} else document


def _messages(role: str, value: Json, finish_reason: str | None = None) -> str | None:
    if value is None:
        return None
    message: JsonObject = {"role": role, "parts": _parts(value)}
    if finish_reason is not None:
        message["finish_reason"] = finish_reason
    return _written([message])


def _parts(value: Json) -> list[Json]:
    """Return a message's content as parts: a text, or a list of parts of which texts keep their form."""
    if isinstance(value, list):
        return [_part(each) for each in value]
    return [{"type": "text", "content": value if isinstance(value, str) else _written(value)}]


def _part(value: Json) -> Json:
    if isinstance(value, dict) and value.get("type") == "text" and isinstance(value.get("text"), str):
        return {"type": "text", "content": value["text"]}
    return value if isinstance(value, dict) else {"type": "text", "content": _written(value)}


def _model_input(text: str | None) -> str | None:
    document = _read(text)
    if document is None:
        return None
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        return _messages("user", document)
    return _written([_message(each) for each in messages if isinstance(each, dict)])


def _message(message: JsonObject) -> JsonObject:
    role = message.get("role")
    if role == "tool":
        response: JsonObject = {
            "type": "tool_call_response",
            "id": message.get("tool_call_id"),
            "response": message.get("content"),
        }
        return {"role": "tool", "parts": [response]}
    content = message.get("content")
    return {"role": role, "parts": [*(_parts(content) if content else []), *_calls(message.get("tool_calls"))]}


def _model_output(text: str | None) -> str | None:
    document = _read(text)
    if not isinstance(document, dict):
        return _messages("assistant", document)
    parts: list[Json] = []
    if document.get("reasoning"):
        parts.append({"type": "reasoning", "content": document["reasoning"]})
    if document.get("text"):
        parts.append({"type": "text", "content": document["text"]})
    parts += _calls(document.get("tool_calls"))
    return _written([{"role": "assistant", "parts": parts, "finish_reason": document.get("finish_reason")}])


def _calls(calls: Json) -> list[Json]:
    if not isinstance(calls, list):
        return []
    return [
        {"type": "tool_call", "id": call.get("id"), "name": call.get("name"), "arguments": call.get("arguments")}
        for call in calls
        if isinstance(call, dict)
    ]


def _written(value: Json) -> str:
    return dumps(cast("object", value)).decode()
