"""Talking to the small local model: what it is spared, and that the newest question always reaches it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from retinue.engine.ports import Message, ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.errors import ContextTooLongError
from retinue.llm.local import service as local
from retinue.llm.local_chat import NO_IMAGES, NO_TOOLS, TRIMMED, as_texts, fit_local, size_of, tokens_of, trim
from retinue.llm.local_server import LocalModelServer
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import LOCAL_ID, LOCAL_MODEL, Endpoint
from tests.llm.openai_server import event, serving, stream

REAL = Path(__file__).resolve().parents[2] / ".tools" / "local-model"
TOOL = ToolSchema("calculator", "Calculates.", {})
TEXTS = st.text(max_size=300)
SPEAKERS = st.sampled_from(["user", "assistant"])
CONVERSATIONS = st.tuples(
    st.booleans(), st.lists(st.tuples(SPEAKERS, TEXTS), min_size=1, max_size=12), st.integers(100, 2000)
)


def _conversation(values: tuple[bool, list[tuple[str, str]], int]) -> tuple[list[Message], int]:
    has_system, said, room = values
    head: list[Message] = [{"role": "system", "content": "Be brief. " * 20}] if has_system else []
    return [*head, *({"role": role, "content": text} for role, text in said)], room


@given(CONVERSATIONS)
def test_what_is_kept_fits_and_is_the_newest_in_its_order(values: tuple[bool, list[tuple[str, str]], int]) -> None:
    messages, room = _conversation(values)

    kept = trim(messages, room)

    assert size_of(kept) <= room
    assert [each["role"] for each in kept if each["role"] == "system"] == [
        each["role"] for each in messages if each["role"] == "system"
    ]
    said = [each for each in messages if each["role"] != "system"]
    still_said = [each for each in kept if each["role"] != "system"]
    assert still_said, "the newest message is always among them"
    assert still_said[:-1] == said[len(said) - len(still_said) : -1]
    assert still_said[-1]["role"] == said[-1]["role"]


@given(CONVERSATIONS)
def test_what_fits_is_left_as_it_is(values: tuple[bool, list[tuple[str, str]], int]) -> None:
    messages, _ = _conversation(values)

    assert trim(messages, size_of(messages)) == messages


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_never_counts_less(one: str, other: str) -> None:
    assert max(tokens_of(one), tokens_of(other)) <= tokens_of(one + other) <= tokens_of(one) + tokens_of(other)


def test_a_paste_that_is_too_long_keeps_the_question_before_and_after_it() -> None:
    messages: list[Message] = [{"role": "user", "content": f"Summarize this: {'blah ' * 5000} In one line!"}]

    text = str(trim(messages, 300)[0]["content"])

    assert text.startswith("Summarize this: ")
    assert text.endswith("In one line!")
    assert " […] " in text


def test_calls_and_images_become_texts() -> None:
    messages: list[Message] = [
        {"role": "user", "content": [{"type": "text", "text": "See"}, {"type": "image", "media_type": "a/b", "data": "x"}]},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "name": "calculator", "arguments": {}}]},
        {"role": "tool", "content": "4", "tool_call_id": "c", "name": "calculator"},
    ]

    texts, has_images = as_texts(messages)

    assert has_images
    assert texts == [{"role": "user", "content": "See"}, {"role": "user", "content": "calculator answered: 4"}]


async def _ask(url: str, key: str | None, messages: list[Message], tools: tuple[ToolSchema, ...] = ()) -> ModelResponse:
    async def endpoint_of(_: ModelRequest) -> Endpoint:
        return Endpoint(url, key)

    spec = ModelSpec(str(LOCAL_ID), "local", LOCAL_MODEL, None, {"temperature": 0.0, "max_output_tokens": 24})
    request = ModelRequest("o", spec, messages, tools, 60, "k")
    async with aiohttp.ClientSession() as session:
        return await fit_local(ProviderChatModel(session, endpoint_of), request, lambda _kind, _chunk: None)


async def test_tools_are_not_offered_and_the_answer_has_a_warning() -> None:
    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, event({"content": "ok"}, "stop"))

    image = [{"type": "image", "media_type": "image/png", "data": "x"}, {"type": "text", "text": "y" * 40_000}]
    async with serving(answer) as server:
        plain = await _ask(server.url, "key", [{"role": "user", "content": "Hello"}])
        spared = await _ask(server.url, "key", [{"role": "user", "content": image}], (TOOL,))  # type: ignore[typeddict-item]

    assert not {NO_TOOLS, NO_IMAGES, TRIMMED} & set(plain.warnings)
    assert {NO_TOOLS, NO_IMAGES, TRIMMED} <= set(spared.warnings)
    assert "tools" not in server.bodies[1]


async def test_a_guess_that_was_too_low_is_made_good_with_half_of_the_conversation() -> None:
    spaces: list[int] = []

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        spaces.append(len(str(body["messages"])))
        if len(spaces) < 3:
            message = "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it"
            return web.json_response({"error": {"message": message, "type": "exceed_context_size_error"}}, status=400)
        return await stream(request, event({"content": "ok"}, "stop"))

    async with serving(answer) as server:
        response = await _ask(server.url, "key", [{"role": "user", "content": "word " * 9000}])

    assert response.content == "ok"
    assert TRIMMED in response.warnings
    assert spaces[0] > 1.8 * spaces[1] > 3.2 * spaces[2]


async def test_a_model_that_can_read_nothing_is_told_as_such() -> None:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"error": {"message": "the context size is 0"}}, status=400)

    async with serving(answer) as server:
        with pytest.raises(ContextTooLongError):
            await _ask(server.url, "key", [{"role": "user", "content": "Hello"}])

        assert len(server.bodies) == 3


@pytest.fixture(scope="module")
async def real() -> AsyncIterator[tuple[str, str]]:
    server = LocalModelServer(REAL)
    yield await server.ensure_running()
    await server.stop()


_needs_model = pytest.mark.skipif(
    not local.list_installed(REAL), reason="the model could not be fetched; 'make test' tries to"
)


@_needs_model
async def test_the_real_model_answers_a_question(real: tuple[str, str]) -> None:
    messages: list[Message] = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "What is the capital of France?"},
    ]

    response = await _ask(*real, messages, (TOOL,))

    assert "Paris" in response.content
    assert response.usage.cost_usd == 0
    assert response.usage.input_tokens > 10
    assert response.usage.output_tokens > 3
    assert response.warnings == (NO_TOOLS,)


@_needs_model
@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox jumps over the lazy dog. ",
        "3.14159265358979 2384626433 ",
        "Fußgängerübergänge sind für Fußgänger; die Größe ändert sich. ",
        "人工智能平台让组织可以管理自己的代理。",
        "これは日本語の文章です。",
        "Быстрая коричневая лиса перепрыгивает. ",
        "الثعلب البني السريع يقفز. ",
        "तेज़ भूरी लोमड़ी कुत्ते के ऊपर। ",
        "😀🎉🚀👩‍👩‍👧‍👦🇩🇪 ",
        "def f(x: int) -> dict[str, list[int]]:\n    return {str(i): [i**2]}\n",
        '{"id":"a1b2-c3","items":[{"k":1}],"url":"https://x.y/z?q=%20"}',
        "THIS IS SHOUTING IN CAPITALS. ",
    ],
    ids=lambda text: text[:8].strip(),
)
async def test_the_guess_is_not_below_what_the_real_model_counts(real: tuple[str, str], text: str) -> None:
    url, key = real
    question = {"content": text * 40}

    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session,
        session.post(f"{url.removesuffix('/v1')}/tokenize", json=question) as answer,
    ):
        counted = len((await answer.json())["tokens"])

    assert 0.95 * counted <= tokens_of(text * 40) <= 2.5 * counted
