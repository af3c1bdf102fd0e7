"""Making a conversation fit the small local model: it reads 4,096 tokens and is no user of tools."""

from dataclasses import replace

from retinue.engine.ports import ChatModel, DeltaSink, Message, ModelRequest, ModelResponse

CONTEXT_TOKENS = 4096
_ANSWER_TOKENS = 512
_CHARACTERS_PER_TOKEN = 3
"""A careful guess for SmolLM2's tokenizer, which takes about four characters of English."""
_NO_TOOLS = "The local model cannot use tools; they were not offered to it. Give the agent a real model to use them."
_TRIMMED = "The conversation was longer than the local model can read; its oldest part was left out."


def trim(messages: list[Message], characters: int) -> list[Message]:
    """Keep the instructions and the newest messages that fit; the newest message is cut when it alone is too long."""
    heads = [message for message in messages[:1] if message["role"] == "system"]
    left = characters - sum(len(str(message["content"])) for message in heads)
    kept: list[Message] = []
    for message in reversed(messages[len(heads) :]):
        left -= len(str(message["content"]))
        if left < 0 and kept:
            break
        kept.append(message)
    if kept and len(str(kept[0]["content"])) > characters:
        newest = dict(kept[0])
        newest["content"] = str(newest["content"])[:characters]
        kept[0] = Message(**newest)  # pyright: ignore[reportArgumentType] - the same keys, one value shortened
    return heads + kept[::-1]


async def fit_local(model: ChatModel, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
    """Call the local model with what it can read, and warn of what it was spared."""
    limit = request.model.parameters.get("max_output_tokens")
    answer = min(limit, CONTEXT_TOKENS // 2) if isinstance(limit, int) else _ANSWER_TOKENS
    messages = trim(request.messages, (CONTEXT_TOKENS - answer) * _CHARACTERS_PER_TOKEN)
    warnings = ((_NO_TOOLS,) if request.tools else ()) + ((_TRIMMED,) if messages != request.messages else ())
    spec = replace(request.model, parameters={**request.model.parameters, "max_output_tokens": answer})
    response = await model.complete(replace(request, model=spec, messages=messages, tools=()), on_delta)
    return replace(response, warnings=response.warnings + warnings)
