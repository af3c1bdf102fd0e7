"""Making a conversation fit the small local model: it reads 4,096 tokens of text and is no user of tools."""

from dataclasses import replace
from typing import Any, cast

from retinue.engine.ports import ChatModel, DeltaSink, Message, ModelRequest, ModelResponse
from retinue.llm.errors import ContextTooLongError

CONTEXT_TOKENS = 4096
_ANSWER_TOKENS = 512
_MESSAGE_TOKENS = 8
"""What the chat template puts around each message."""
_CUT = " […] "
_LEAST_CHARACTERS = 16
_LETTERS = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b" "
_HIGH = bytes(range(0x80, 0x100))
_TRIES = 3

NO_TOOLS = "The local model cannot use tools; they were not offered to it. Give the agent a real model to use them."
NO_IMAGES = "The local model cannot see images; they were left out. Give the agent a real model to use them."
TRIMMED = "The conversation was longer than the local model can read; part of it was left out."


def tokens_of(text: str) -> int:
    """Guess the tokens of a text, rather too many than too few.

    Measured with SmolLM2's tokenizer: English takes 4.4 letters a token and German 2; digits and most signs are a token
    each; other scripts take 1.4 to 2.1 bytes. Counted here: 3 letters, 1 sign, 1.4 bytes. Words of no language take more.
    """
    data = text.encode()
    others = data.translate(None, _LETTERS)
    signs = others.translate(None, _HIGH)
    return -(-(len(data) - len(others)) // 3) + len(signs) + -(-(len(others) - len(signs)) * 5 // 7)


def size_of(messages: list[Message]) -> int:
    """Guess the tokens of a conversation of texts."""
    return sum(tokens_of(str(message["content"])) + _MESSAGE_TOKENS for message in messages)


def as_texts(messages: list[Message]) -> tuple[list[Message], bool]:
    """Turn a conversation into texts, and say whether images were left out: calls go, their results stay as told."""
    texts: list[Message] = []
    has_images = False
    for message in messages:
        content = message["content"]
        if isinstance(content, list):
            parts = [cast("dict[str, Any]", part) for part in content if isinstance(part, dict)]
            has_images = has_images or any(part.get("type") == "image" for part in parts)
            content = "\n".join(str(part.get("text") or "") for part in parts if part.get("type") != "image")
        text = str(content or "")
        if message["role"] == "tool":
            texts.append({"role": "user", "content": f"{message.get('name', 'The tool')} answered: {text}"})
        elif text or message["role"] == "user":
            texts.append({"role": message["role"], "content": text})
    return texts, has_images


def trim(messages: list[Message], tokens: int) -> list[Message]:
    """Keep the instructions, at most half of the room, and the newest messages that fit.

    The newest message is always kept; alone too long, it loses its middle: questions stand at either end of a long paste.
    """
    if size_of(messages) <= tokens:
        return messages
    heads = [_cut(message, tokens // 2) for message in messages[:1] if message["role"] == "system"]
    left = tokens - size_of(heads)
    kept: list[Message] = []
    for message in reversed(messages[len(heads) :]):
        if not kept:
            message = _cut(message, left)  # noqa: PLW2901 - the newest is kept whatever its length
        size = size_of([message])
        if kept and size > left:
            break
        kept.append(message)
        left -= size
    return heads + kept[::-1]


def _cut(message: Message, tokens: int) -> Message:
    """Take the middle out of a message until it fits, keeping twice as much of its beginning as of its end."""
    text = str(message["content"])
    keep = len(text)
    while size_of([message]) > tokens and keep > _LEAST_CHARACTERS:
        keep = keep * 4 // 5
        head = keep * 2 // 3
        message = {"role": message["role"], "content": text[:head] + _CUT + text[len(text) - (keep - head) :]}
    return message


class LocalChatModel:
    """``ChatModel`` that makes each call fit the local model."""

    def __init__(self, model: ChatModel) -> None:
        """Take the client of the local server."""
        self._model = model

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the local model with what it can read. Raises as the client does."""
        return await fit_local(self._model, request, on_delta)


async def fit_local(model: ChatModel, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
    """Call the local model with what it can read, and warn of what it was spared.

    The number of tokens is a guess; when the model still finds the conversation too long, it gets half of it.
    """
    limit = request.model.parameters.get("max_output_tokens")
    answer = min(limit, CONTEXT_TOKENS // 2) if isinstance(limit, int) else _ANSWER_TOKENS
    spec = replace(request.model, parameters={**request.model.parameters, "max_output_tokens": answer})
    texts, has_images = as_texts(request.messages)
    room = CONTEXT_TOKENS - answer
    for tried in range(1, _TRIES + 1):
        messages = trim(texts, room)
        try:
            response = await model.complete(replace(request, model=spec, messages=messages, tools=()), on_delta)
        except ContextTooLongError:
            if tried == _TRIES:
                raise
            room //= 2
            continue
        warnings = [NO_TOOLS] * bool(request.tools) + [NO_IMAGES] * has_images + [TRIMMED] * (messages != texts)
        return replace(response, warnings=(*response.warnings, *warnings))
    raise ContextTooLongError
