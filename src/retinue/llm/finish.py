"""Why an answer ended, in one vocabulary for all providers.

Sources: OpenAI ``finish_reason``; Anthropic ``stop_reason``; Google ``Candidate.FinishReason``; Ollama ``done_reason``.
"""

from retinue.engine.ports import FinishReason

_REASONS: dict[str, FinishReason] = {
    "": FinishReason.STOP,
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "load": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "recitation": FinishReason.CONTENT_FILTER,
    "language": FinishReason.CONTENT_FILTER,
    "blocklist": FinishReason.CONTENT_FILTER,
    "prohibited_content": FinishReason.CONTENT_FILTER,
    "spii": FinishReason.CONTENT_FILTER,
    "image_safety": FinishReason.CONTENT_FILTER,
    "image_prohibited_content": FinishReason.CONTENT_FILTER,
    "blocked": FinishReason.BLOCKED,
}
_PLAIN = frozenset({"length", "max_tokens", "content_filter", "blocked"})
"""Reasons that say no more than our own words for them."""


def finish_of(reason: str, *, has_calls: bool, detail: str = "") -> tuple[FinishReason, str]:
    """Return why an answer ended, and what the provider said about it in its own words.

    ``reason`` is the provider's; ``detail`` a sentence it gave beside it. Some providers end an answer with tool calls by
    "stop": that is tool_calls, too.
    """
    known = _REASONS.get(reason.lower(), FinishReason.OTHER)
    if has_calls and known in {FinishReason.STOP, FinishReason.OTHER}:
        known = FinishReason.TOOL_CALLS
    if known is FinishReason.TOOL_CALLS and not has_calls:
        known = FinishReason.STOP
    if known in {FinishReason.STOP, FinishReason.TOOL_CALLS}:
        return known, ""
    own = "" if reason.lower() in _PLAIN else reason
    return known, " - ".join(each for each in (own, detail) if each)
