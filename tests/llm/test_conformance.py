"""One suite for every implementation of ``ChatModel`` that calls a provider, each against a server of its own protocol."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from retinue.core.errors import Error
from retinue.engine.ports import ChatModel, Message, ModelRequest, ModelSpec, ToolSchema
from retinue.llm.attempts import Patience
from retinue.llm.errors import ModelKeyError
from retinue.llm.langchain_adapter import LangChainChatModel
from retinue.llm.openai_client import OpenAIChatModel
from retinue.llm.types import Endpoint
from tests.llm.provider_servers import ARGUMENTS, INPUT_TOKENS, OUTPUT_TOKENS, TEXT, ProviderServer, serving

TOOL = ToolSchema(
    "calculator",
    "Calculates.",
    {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
)
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash", "ollama": "llama3.2"}


@dataclass(slots=True)
class Subject:
    """An implementation with its provider."""

    model: ChatModel
    server: ProviderServer

    async def ask(
        self, messages: list[Message] | None = None, tools: tuple[ToolSchema, ...] = ()
    ) -> tuple[Any, list[tuple[str, str]]]:
        """Ask once; return the answer and what was passed on meanwhile."""
        deltas: list[tuple[str, str]] = []
        spec = ModelSpec("p", self.server.kind, MODELS[self.server.kind], self.server.url, {"temperature": 0.0})
        asked: list[Message] = messages or [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
        request = ModelRequest("o", spec, asked, tools, 30, "run:step")
        return await self.model.complete(request, lambda kind, chunk: deltas.append((kind, chunk))), deltas


def _lean(session: aiohttp.ClientSession, endpoint: Callable[[ModelRequest], Any]) -> ChatModel:
    return OpenAIChatModel(session, endpoint, Patience(first_delay_seconds=0.001))


def _langchain(_session: aiohttp.ClientSession, endpoint: Callable[[ModelRequest], Any]) -> ChatModel:
    return LangChainChatModel(endpoint)


@pytest.fixture(
    params=[
        ("openai", _lean),
        ("openai", _langchain),
        ("anthropic", _langchain),
        ("google", _langchain),
        ("ollama", _langchain),
    ],
    ids=["openai-lean", "openai-langchain", "anthropic", "google", "ollama"],
)
async def subject(request: pytest.FixtureRequest) -> AsyncGenerator[Subject]:
    kind, make = request.param
    async with serving(kind) as server, aiohttp.ClientSession() as session:

        async def endpoint(_: ModelRequest) -> Endpoint:
            return Endpoint(server.url, "key-1")

        model = make(session, endpoint)
        yield Subject(model, server)
        if isinstance(model, LangChainChatModel):
            await model.stop()


@pytest.mark.filterwarnings("ignore")
async def test_text_arrives_in_pieces_and_whole_with_its_counts(subject: Subject) -> None:
    answer, deltas = await subject.ask()

    assert answer.content == "".join(TEXT) == "".join(chunk for kind, chunk in deltas if kind == "text")
    assert len(deltas) >= 1
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert answer.usage.cost_usd is not None, "the price of these models is known"
    assert not answer.tool_calls
    assert answer.first_token_ms is not None


@pytest.mark.filterwarnings("ignore")
async def test_a_tool_call_has_its_name_and_arguments(subject: Subject) -> None:
    subject.server.mode = "tool"

    answer, _ = await subject.ask(tools=(TOOL,))

    assert [(call.name, call.arguments, call.invalid_reason) for call in answer.tool_calls] == [
        ("calculator", ARGUMENTS, None)
    ]
    assert "calculator" in str(subject.server.bodies[-1])


@pytest.mark.filterwarnings("ignore")
async def test_a_tool_s_result_goes_back_with_the_call_it_answers(subject: Subject) -> None:
    messages: list[Message] = [
        {"role": "user", "content": "What is 2+2?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_1", "name": "calculator", "arguments": {"expression": "2+2"}}],
        },
        {"role": "tool", "content": "four-marker", "tool_call_id": "call_1", "name": "calculator"},
    ]

    answer, _ = await subject.ask(messages, (TOOL,))

    assert answer.content == "".join(TEXT)
    assert "four-marker" in str(subject.server.bodies[-1])


@pytest.mark.filterwarnings("ignore")
async def test_a_refused_key_is_told_as_such(subject: Subject) -> None:
    subject.server.mode = "401"

    with pytest.raises(Error) as refused:
        await subject.ask()

    assert isinstance(refused.value, ModelKeyError), refused.value.detail
    assert "key-1" not in refused.value.detail
