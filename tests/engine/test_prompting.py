"""What a model is sent."""

from retinue.core.json import JsonObject
from retinue.engine import prompt
from retinue.engine.ports import Message, ToolResult


def _said(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def test_newest_messages_of_the_history_are_shown() -> None:
    earlier = [_said("user", "1"), _said("assistant", "2"), _said("user", "3"), _said("assistant", "4")]
    given: JsonObject = {"prompt": "5", "messages": earlier}  # pyright: ignore[reportAssignmentType] - messages are JSON

    assert [message["content"] for message in prompt.opening(given, 2)] == ["3", "4", "5"]
    assert [message["content"] for message in prompt.opening(given, 0)] == ["5"]


def test_history_begins_with_the_user() -> None:
    earlier = [_said("user", "ask"), _said("assistant", "calls"), _said("tool", "result"), _said("assistant", "done")]
    given: JsonObject = {"prompt": "next", "messages": earlier}  # pyright: ignore[reportAssignmentType] - messages are JSON

    assert [message["role"] for message in prompt.opening(given, 1)] == ["user"]
    assert [message["role"] for message in prompt.opening(given, 3)] == ["user"]
    assert [message["role"] for message in prompt.opening(given, 4)] == ["user", "assistant", "tool", "assistant", "user"]


def test_other_fields_of_the_input_are_shown_as_json() -> None:
    (message,) = prompt.opening({"prompt": "Sum up.", "rows": [1, 2]}, 10)

    assert message["content"] == 'Sum up.\n\nInput:\n{"rows":[1,2]}'


def test_content_parts_are_kept() -> None:
    parts: JsonObject = {"prompt": [{"type": "text", "text": "Look."}], "unit": "cm"}

    (message,) = prompt.opening(parts, 10)

    assert message["content"] == [{"type": "text", "text": "Look."}, {"type": "text", "text": 'Input:\n{"unit":"cm"}'}]


def test_results_of_tools_are_text_to_the_model() -> None:
    call = prompt.CallRecord(id="1", name="add", arguments={})

    assert prompt.tool_message(call, ToolResult({"sum": 3}), "s")["content"] == '{"sum":3}'
    assert prompt.tool_message(call, ToolResult("No.", is_error=True), "s")["content"] == "Error: No."


def test_only_what_is_new_since_the_last_answer_is_unseen() -> None:
    messages = [_said("user", "1"), _said("assistant", "2"), _said("tool", "3"), _said("tool", "4")]

    assert [message["content"] for message in prompt.unseen(messages)] == ["3", "4"]
    assert prompt.unseen(messages[:1]) == messages[:1]
