"""One suite for every implementation of ``ChatModel`` that calls a provider, each against a server of its own protocol."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from retinue.core.errors import Error
from retinue.core.json import JsonObject
from retinue.engine.ports import ChatModel, Message, ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.attempts import EndpointOf, RetryPolicy
from retinue.llm.errors import (
    ContextTooLongError,
    ModelKeyError,
    ModelLimitedError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from retinue.llm.langchain_adapter import LangChainChatModel
from retinue.llm.network import open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import Endpoint
from tests.llm.provider_servers import (
    ARGUMENTS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    RETRY_AFTER,
    TEXT,
    THOUGHT,
    ProviderServer,
    serving,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # of the foreign clients, which is not ours to mend

KEY = "key-1"
TOOL = ToolSchema(
    "calculator",
    "Calculates.",
    {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
)
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash", "ollama": "llama3.2"}
HELLO: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]


QUICK = RetryPolicy(first_delay_seconds=0.001)


@dataclass(slots=True)
class Subject:
    """An implementation with its provider, and what it passed on."""

    make: Callable[[EndpointOf, RetryPolicy], ChatModel]
    server: ProviderServer
    patience: RetryPolicy = QUICK
    deltas: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _model: ChatModel | None = None

    async def ask(
        self,
        messages: list[Message] | None = None,
        tools: tuple[ToolSchema, ...] = (),
        timeout_seconds: float = 30,
        output_schema: JsonObject | None = None,
        **parameters: Any,
    ) -> ModelResponse:
        """Ask once."""
        kind = self.server.kind
        spec = ModelSpec("p", kind, MODELS[kind], self.server.url, {"temperature": 0.5, **parameters})
        request = ModelRequest("o", spec, messages or HELLO, tools, timeout_seconds, "run:step", output_schema)
        if self._model is None:
            self._model = self.make(self._endpoint, self.patience)
        return await self._model.complete(request, lambda delta, chunk: self.deltas.append((delta, chunk)))

    def passed_on(self, kind: str) -> str:
        """Join what was passed on of a kind."""
        return "".join(chunk for each, chunk in self.deltas if each == kind)

    async def _endpoint(self, _request: ModelRequest) -> Endpoint:
        return Endpoint(self.server.url, KEY)


IMPLEMENTATIONS = {
    "openai-lean": "openai",
    "openai-langchain": "openai",
    "anthropic-lean": "anthropic",
    "google-lean": "google",
    "ollama-lean": "ollama",
    "anthropic": "anthropic",
    "google": "google",
    "ollama": "ollama",
}


@pytest.fixture(params=IMPLEMENTATIONS)
async def subject(request: pytest.FixtureRequest) -> AsyncGenerator[Subject]:
    async with serving(IMPLEMENTATIONS[request.param]) as server, open_session(private_networks=True) as session:
        implementation = ProviderChatModel if str(request.param).endswith("-lean") else LangChainChatModel

        def make(endpoint_of: EndpointOf, patience: RetryPolicy) -> ChatModel:
            return implementation(session, endpoint_of, patience)

        yield Subject(make, server)


async def test_text_arrives_in_pieces_and_whole_with_its_counts(subject: Subject) -> None:
    answer = await subject.ask()

    assert answer.content == "".join(TEXT) == subject.passed_on("text")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert answer.usage.cost_usd is not None, "the price of these models is known"
    assert not answer.tool_calls
    assert answer.first_token_ms is not None
    assert answer.attempts == 1
    assert answer.warnings == ()


async def test_a_tool_call_has_its_name_and_arguments_and_an_id(subject: Subject) -> None:
    subject.server.mode = "tool"

    answer = await subject.ask(tools=(TOOL,))

    assert [(call.name, call.arguments, call.invalid_reason) for call in answer.tool_calls] == [
        ("calculator", ARGUMENTS, None)
    ]
    assert answer.tool_calls[0].id not in {"", "None"}
    assert "calculator" in str(subject.server.bodies[-1])


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

    answer = await subject.ask(messages, (TOOL,))

    assert answer.content == "".join(TEXT)
    assert "four-marker" in str(subject.server.bodies[-1])


async def test_instructions_the_key_and_parameters_are_sent(subject: Subject) -> None:
    await subject.ask(max_output_tokens=77, top_p=0.25, stop=["END"])

    body, headers = str(subject.server.bodies[-1]), str(subject.server.headers[-1])
    assert all(each in body for each in ("Be brief.", "Hello", "0.5", "77", "0.25", "END"))
    assert KEY in headers
    assert KEY not in body


async def test_an_image_is_sent_with_its_question(subject: Subject) -> None:
    image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    parts: list[Any] = [{"type": "text", "text": "What is it?"}, {"type": "image", "media_type": "image/png", "data": image}]

    await subject.ask([{"role": "user", "content": parts}])

    body = str(subject.server.bodies[-1])
    assert "What is it?" in body
    assert image[:60] in body.replace("-", "+").replace("_", "/")


@pytest.mark.parametrize(
    "subject", ["openai-lean", "anthropic-lean", "google-lean", "ollama-lean", "anthropic", "google"], indirect=True
)
async def test_reasoning_is_passed_on_apart_from_the_text(subject: Subject) -> None:
    subject.server.mode = "thought"

    answer = await subject.ask()

    assert (answer.reasoning, answer.content) == (THOUGHT, "".join(TEXT))
    assert subject.passed_on("reasoning") == THOUGHT


async def test_text_is_whole_when_the_model_thought_before_it(subject: Subject) -> None:
    subject.server.mode = "thought"

    answer = await subject.ask()

    assert answer.content == "".join(TEXT)
    assert answer.reasoning in {THOUGHT, ""}, "LangChain's clients of OpenAI and Ollama leave out unasked reasoning"


async def test_a_busy_provider_is_asked_again_and_the_attempts_are_counted(subject: Subject) -> None:
    subject.server.refusals = [503, 500]

    answer = await subject.ask()

    assert answer.content == "".join(TEXT)
    assert answer.attempts == len(subject.server.bodies) == 3


async def test_a_provider_that_stays_busy_is_given_up(subject: Subject) -> None:
    subject.server.refusals = [503] * 20

    with pytest.raises(ModelUnavailableError):
        await subject.ask()

    assert len(subject.server.bodies) == QUICK.attempts


@pytest.mark.parametrize(
    ("status", "expected"), [(401, ModelKeyError), (404, ModelUnknownError), (400, ContextTooLongError)]
)
async def test_a_refusal_has_its_kind_and_is_not_retried(subject: Subject, status: int, expected: type[Error]) -> None:
    subject.server.refusals = [status] * 9

    with pytest.raises(Error) as refused:
        await subject.ask()

    assert type(refused.value) is expected, refused.value.detail
    assert refused.value.remedy_text
    assert KEY not in refused.value.detail
    assert len(subject.server.bodies) == 1


async def test_a_limit_that_ends_after_the_run_is_told_at_once(subject: Subject) -> None:
    subject.server.refusals = [429] * 9

    with pytest.raises(ModelLimitedError) as limited:
        await subject.ask(timeout_seconds=5)

    assert limited.value.retry_after_seconds == float(RETRY_AFTER)
    assert len(subject.server.bodies) == 1


async def test_the_first_text_is_passed_on_before_the_answer_is_whole_and_cancelling_closes_the_connection(
    subject: Subject,
) -> None:
    subject.server.mode = "hang"
    call = asyncio.create_task(subject.ask())
    async with asyncio.timeout(10):
        while not subject.deltas:
            await asyncio.sleep(0.005)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await subject.server.is_closed.wait()

    assert subject.deltas[0] == ("text", TEXT[0])


async def test_a_provider_that_falls_silent_is_given_up_and_not_asked_again(subject: Subject) -> None:
    subject.server.mode = "hang"
    subject.patience = RetryPolicy(idle_seconds=0.1)

    with pytest.raises(ModelTimeoutError, match="fell silent"):
        await subject.ask()

    assert len(subject.server.bodies) == 1


async def test_the_run_s_own_limit_is_kept(subject: Subject) -> None:
    subject.server.mode = "hang"

    with pytest.raises(ModelTimeoutError, match="did not finish within"):
        await subject.ask(timeout_seconds=0.3)


async def test_calls_at_the_same_time_do_not_mix(subject: Subject) -> None:
    answers = await asyncio.gather(*(subject.ask(seed=number) for number in range(24)))

    assert {answer.content for answer in answers} == {"".join(TEXT)}
    assert len(subject.server.bodies) == 24


async def test_a_server_that_is_not_there_is_unavailable(subject: Subject) -> None:
    subject.server.url = "http://127.0.0.1:9"

    with pytest.raises(ModelUnavailableError):
        await subject.ask()
