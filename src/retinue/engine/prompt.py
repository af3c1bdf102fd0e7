"""What a model is sent: the instructions, the conversation before, what the person asks, and what the run did so far."""

from typing import cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import CallRecord, Message, ModelResponse, ToolCall, ToolResult


def opening(run_input: JsonObject, history_messages: int) -> list[Message]:
    """Make the first messages of a run: at most ``history_messages`` of ``messages`` (older ones), then ``prompt``.

    ``prompt`` is a text or a list of content parts. Other fields of the input are shown as JSON below the prompt.
    """
    earlier = cast("list[Message]", run_input.get("messages") or [])
    shown = earlier[-history_messages:] if history_messages else []
    while shown and shown[0]["role"] != "user":  # providers refuse a history that does not begin with the user
        shown = shown[1:]
    return [*shown, {"role": "user", "content": _request(run_input)}]


def _request(run_input: JsonObject) -> Json:
    prompt = run_input.get("prompt", "")
    extra = {name: value for name, value in run_input.items() if name not in {"prompt", "messages", "attachments"}}
    if not extra:
        return prompt
    appendix = "Input:\n" + dumps(extra).decode()
    if isinstance(prompt, list):
        return [*prompt, {"type": "text", "text": appendix}]
    return f"{prompt}\n\n{appendix}" if prompt else appendix


def with_instructions(instructions: str, messages: list[Message]) -> list[Message]:
    """Put the instructions in front as the system's message; empty instructions add none."""
    return [{"role": "system", "content": instructions}, *messages] if instructions else messages


def answer(response: ModelResponse, step_id: str) -> Message:
    """Write a model's answer as the message that is kept in the state."""
    message: Message = {"role": "assistant", "content": response.content, "step_id": step_id}
    if response.tool_calls:
        message["tool_calls"] = [
            call_record(call) if call.signature is None else {**call_record(call), "signature": call.signature}
            for call in response.tool_calls
        ]
    return message


def call_record(call: ToolCall) -> CallRecord:
    """Write a call in its current state in a message."""
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def tool_message(call: CallRecord, result: ToolResult, step_id: str) -> Message:
    """Write a tool's result as the message the model reads: text as it is, anything else as JSON."""
    text = as_text(result.output)
    return {
        "role": "tool",
        "content": f"Error: {text}" if result.is_error else text,
        "tool_call_id": call["id"],
        "name": call["name"],
        "step_id": step_id,
    }


def as_text(value: Json) -> str:
    """Return a text as it is and anything else as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


def text_of(content: Json) -> str:
    """Return the text of a message's content: the content itself, or its text parts joined."""
    if isinstance(content, list):
        texts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "\n".join(str(part.get("text", "")) for part in texts)
    return content if isinstance(content, str) else ""


def unseen(messages: list[Message]) -> list[Message]:
    """Return the messages since the last answer: the new messages of this model call."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] == "assistant":
            return messages[index + 1 :]
    return messages
