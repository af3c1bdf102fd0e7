"""Checks a model's answer before it is stored: warnings for incomplete answers, and withdrawn tool calls.

Providers stop an answer for reasons that are not failures: the output limit, a content filter, a blocked request. The run
continues with what there is, with a warning.
"""

from collections.abc import Iterable
from dataclasses import replace

from retinue.core.nesting import MAX_DEPTH, is_deeper
from retinue.engine.ports import FinishReason, Message, ModelResponse, ToolCall
from retinue.engine.records import AnswerWarning

_LIMIT_REMEDY = "Raise max_output_tokens of the agent's model, or ask for a shorter answer."
_FILTER_REMEDY = "Rephrase the request, or change the safety settings at the provider."
_EMPTY_REMEDY = "Retry the run; if the answer stays empty, check the model's parameters or choose another model."


def warnings_of(response: ModelResponse) -> tuple[AnswerWarning, ...]:
    """Return what a person must know about an answer: that it was cut off, filtered, blocked, or is empty."""
    detail, is_empty = response.finish_detail, not response.content.strip() and not response.tool_calls
    because = f": {detail}" if detail else ""
    match response.finish_reason:
        case FinishReason.LENGTH:
            sentence = "The answer was cut off at the model's output limit"
            return (AnswerWarning("answer_cut_off", f"{sentence}{because}.", _LIMIT_REMEDY),)
        case FinishReason.CONTENT_FILTER:
            sentence = "The provider's content filter stopped the answer"
            return (AnswerWarning("answer_filtered", f"{sentence}{because}.", _FILTER_REMEDY),)
        case FinishReason.BLOCKED:
            sentence = "The provider blocked the request"
            return (AnswerWarning("answer_blocked", f"{sentence}{because}.", _FILTER_REMEDY),)
        case FinishReason.OTHER:
            sentence = "The provider ended the answer early"
            return (AnswerWarning("answer_ended_early", f"{sentence}{because}.", _EMPTY_REMEDY),)
        case _ if is_empty:
            return (AnswerWarning("answer_empty", "The model returned an empty answer.", _EMPTY_REMEDY),)
        case _:
            return ()


def with_safe_calls(response: ModelResponse, messages: Iterable[Message]) -> ModelResponse:
    """Return an answer whose calls have ids that are unique in the run, and arguments of at most ``MAX_DEPTH`` levels.

    Strict servers refuse a history that repeats an id. Arguments that are nested deeper are refused to the model.
    """
    if not response.tool_calls:
        return response
    taken = {call["id"] for message in messages for call in message.get("tool_calls", ())}
    calls: list[ToolCall] = []
    for call in response.tool_calls:
        call_id, number = call.id or "call", 2
        while call_id in taken:
            call_id, number = f"{call.id or 'call'}_{number}", number + 1
        taken.add(call_id)
        calls.append(_with_safe_arguments(replace(call, id=call_id)))
    return replace(response, tool_calls=tuple(calls))


def _with_safe_arguments(call: ToolCall) -> ToolCall:
    if not is_deeper(call.arguments):
        return call
    reason = f"The arguments are nested more than {MAX_DEPTH} levels deep. Call the tool again with flatter arguments."
    return replace(call, arguments={}, invalid_reason=reason)
