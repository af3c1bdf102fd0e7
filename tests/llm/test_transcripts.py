"""Every transcript is played to the client of its kind: what servers really send, good and bad."""

from typing import Any

import pytest

from retinue.core.errors import Error
from retinue.engine.answers import warnings_of
from retinue.engine.ports import ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.attempts import RetryPolicy
from retinue.llm.network import open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import Endpoint
from tests.llm.playing import Server, Transcript, read_transcripts, serving

TRANSCRIPTS = read_transcripts()
QUICK = RetryPolicy(first_delay_seconds=0.001)
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash", "ollama": "llama3.2"}


async def _ask(server: Server, transcript: Transcript, deltas: list[tuple[str, str]]) -> ModelResponse:
    async def endpoint_of(_request: ModelRequest) -> Endpoint:
        return Endpoint(server.url, "key-1")

    document, kind = transcript.document, transcript.kind
    spec = ModelSpec("p", kind, document.get("model", MODELS[kind]), server.url, document.get("parameters", {}))
    tools = tuple(
        ToolSchema(each["name"], each.get("description", ""), each["parameters"]) for each in document.get("tools", ())
    )
    messages = document.get("messages", [{"role": "user", "content": "Hello"}])
    request = ModelRequest("o", spec, messages, tools, 20, "run:step")
    async with open_session(private_networks=True) as session:
        model = ProviderChatModel(session, endpoint_of, QUICK)
        return await model.complete(request, lambda delta, chunk: deltas.append((delta, chunk)))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda each: f"{each.kind}/{each.name}")
async def test_transcript_is_read_as_expected(transcript: Transcript) -> None:
    deltas: list[tuple[str, str]] = []
    expect = transcript.expect
    async with serving(transcript) as server:
        if "error" in expect:
            with pytest.raises(Error) as failed:
                await _ask(server, transcript, deltas)
            assert type(failed.value).__name__ == expect["error"], failed.value.detail
            assert expect.get("says", "") in failed.value.detail
            assert failed.value.remedy_text
            assert _passed_on(deltas, "text") == expect.get("partial", "")
        else:
            _compare(await _ask(server, transcript, deltas), expect, deltas)

    assert len(server.bodies) == expect.get("attempts", len(server.bodies))
    for path, value in expect.get("sent", {}).items():
        assert _at(server.bodies[-1], path) == value, path


def _compare(answer: ModelResponse, expect: dict[str, Any], deltas: list[tuple[str, str]]) -> None:
    found = {
        "text": answer.content,
        "reasoning": answer.reasoning,
        "finish_reason": str(answer.finish_reason),
        "finish_detail": answer.finish_detail,
        "model": answer.model,
        "calls": [(call.name, call.arguments, bool(call.invalid_reason)) for call in answer.tool_calls],
        "usage": "estimated" if answer.usage.is_estimated else [answer.usage.input_tokens, answer.usage.output_tokens],
        "warnings": [warning.code for warning in warnings_of(answer)],
    }
    wanted: dict[str, Any] = {"warnings": list[str](), **{name: value for name, value in expect.items() if name in found}}
    if "calls" in wanted:
        wanted["calls"] = [(each["name"], each.get("arguments", {}), "invalid" in each) for each in expect["calls"]]
        for each, call in zip(expect["calls"], answer.tool_calls, strict=True):
            assert each.get("invalid", "") in (call.invalid_reason or "")
            assert call.id
        assert len({call.id for call in answer.tool_calls}) <= len(answer.tool_calls)
    assert {name: found[name] for name in wanted} == wanted
    assert _passed_on(deltas, "text") == answer.content
    assert _passed_on(deltas, "reasoning") == answer.reasoning
    answer.content.encode()


def _passed_on(deltas: list[tuple[str, str]], kind: str) -> str:
    return "".join(chunk for delta, chunk in deltas if delta == kind)


def _at(document: Any, path: str) -> Any:
    found: Any = document
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else None if found is None else found.get(step)
    return found


def test_every_kind_has_transcripts() -> None:
    assert {transcript.kind for transcript in TRANSCRIPTS} == set(MODELS)
