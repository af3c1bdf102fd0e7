"""The test of a provider's URL and key: listing its models in the protocol of its kind.

Sources: OpenAI ``GET /models``; Anthropic ``GET /v1/models`` (header ``anthropic-version``); Google ``GET /v1beta/models``;
Ollama ``GET /api/tags``.
"""

import re
import time
from dataclasses import replace
from typing import Any

import aiohttp
import orjson

from retinue.core.errors import DeniedError, Error
from retinue.engine.ports import ModelRequest, ModelSpec
from retinue.llm.attempts import RetryPolicy
from retinue.llm.errors import ModelAddressError, ModelUnknownError
from retinue.llm.failures import connection_error
from retinue.llm.network import open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.refusals import refusal_of
from retinue.llm.types import Endpoint, ProviderKind, TestResult

MAX_MODELS = 200
_TIMEOUT_SECONDS = 15.0
_SHORT_TOKENS = 16
"""The least that every provider takes as a limit of an answer."""
_TIMEOUT = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS, sock_connect=5)
_NOT_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcribe|realtime|-audio|image|sora|rerank|^babbage|^davinci", re.IGNORECASE
)
"""Names of models that providers list beside their chat models and that answer no chat."""


async def test(kind: ProviderKind, endpoint: Endpoint, model: str | None, *, private_networks: bool) -> TestResult:
    """Test a provider's URL and key.

    A compatible server without a list of models is asked for one token of ``model`` instead. Raises nothing: a failure is
    part of the result.
    """
    began = time.perf_counter()
    listed: list[tuple[str, str]] = []
    try:
        async with open_session(private_networks=private_networks) as session:
            listed = await _ask(session, kind, endpoint, model)
    except Error as refused:
        return failed(refused, _elapsed_ms(began))
    except (aiohttp.ClientError, OSError) as error:
        return failed(connection_error(error, endpoint.base_url), _elapsed_ms(began))
    chat = [each for each in listed if not _NOT_CHAT.search(each[0])] or listed
    # The newest where the provider dates its models, else the first it names.
    suggested = max(chat, key=lambda each: each[1], default=None)
    names = sorted(name for name, _ in chat)[:MAX_MODELS]
    return TestResult(
        ok=True,
        latency_ms=_elapsed_ms(began),
        models=names,
        default_model=None if suggested is None else suggested[0],
        error=None,
        error_field=None,
    )


def failed(error: Error, latency_ms: int = 0) -> TestResult:
    """Return the result of a test that failed: the error with its remedy, and the field to correct."""
    sentence = f"{error.detail} {error.remedy_text or ''}".strip()
    field = "api_key" if isinstance(error, DeniedError) else "base_url"
    return TestResult(ok=False, latency_ms=latency_ms, models=[], default_model=None, error=sentence, error_field=field)


def _elapsed_ms(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


async def _ask(
    session: aiohttp.ClientSession, kind: ProviderKind, endpoint: Endpoint, model: str | None
) -> list[tuple[str, str]]:
    try:
        return await _list_models(session, kind, endpoint)
    except (ModelAddressError, ModelUnknownError) as without_list:
        if kind is not ProviderKind.OPENAI_COMPATIBLE:
            raise
        if model is None:
            remedy = (
                "Check the URL, which usually ends in /v1. If the server does not list its models, name one and test again."
            )
            raise type(without_list)(without_list.detail, remedy=remedy) from None
        await _call(session, kind, endpoint, model)
        return []


async def call(model: ModelSpec, endpoint: Endpoint, *, private_networks: bool) -> None:
    """Make one short call of a model. Raises the error of a call that fails."""
    spec = replace(model, parameters={"max_output_tokens": _SHORT_TOKENS})
    async with open_session(private_networks=private_networks) as session:
        await _complete(session, endpoint, spec)


async def _call(session: aiohttp.ClientSession, kind: ProviderKind, endpoint: Endpoint, model: str) -> None:
    await _complete(session, endpoint, ModelSpec("", kind, model, endpoint.base_url, {"max_output_tokens": 1}))


async def _complete(session: aiohttp.ClientSession, endpoint: Endpoint, spec: ModelSpec) -> None:
    async def endpoint_of(_request: ModelRequest) -> Endpoint:
        return endpoint

    request = ModelRequest("", spec, [{"role": "user", "content": "Hi"}], (), _TIMEOUT_SECONDS, "test")
    await ProviderChatModel(session, endpoint_of, RetryPolicy(attempts=1)).complete(request, lambda _kind, _chunk: None)


async def _list_models(session: aiohttp.ClientSession, kind: ProviderKind, endpoint: Endpoint) -> list[tuple[str, str]]:
    url, headers = _question(kind, endpoint)
    async with session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as response:
        text = await response.content.read(4_000_000)
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise refusal_of(response.status, text.decode(errors="replace"), response.headers, secret=endpoint.api_key)
    try:
        return _names(kind, orjson.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ModelAddressError("The server answers, but not with a list of models.") from None


def _question(kind: ProviderKind, endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    base, key = endpoint.base_url.rstrip("/"), endpoint.api_key or ""
    match kind:
        case ProviderKind.ANTHROPIC:
            return f"{base}/v1/models?limit=200", {"x-api-key": key, "anthropic-version": "2023-06-01"}
        case ProviderKind.GOOGLE:
            return f"{base}/v1beta/models?pageSize=200", {"x-goog-api-key": key}
        case ProviderKind.OLLAMA:
            return f"{base}/api/tags", {"Authorization": f"Bearer {key}"} if key else {}
        case _:
            return f"{base}/models", {"Authorization": f"Bearer {key}"} if key else {}


def _names(kind: ProviderKind, document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the listed models, each with a text that sorts by age; empty where the provider does not date them."""
    match kind:
        case ProviderKind.GOOGLE:
            return [
                (str(each["name"]).removeprefix("models/"), "")
                for each in document.get("models", ())
                if "generateContent" in each.get("supportedGenerationMethods", ("generateContent",))
            ]
        case ProviderKind.OLLAMA:
            return [(str(each["name"]), str(each.get("modified_at") or "")) for each in document.get("models", ())]
        case _:
            return [
                (str(each["id"]), _age(each.get("created_at") or each.get("created"))) for each in document.get("data", ())
            ]


def _age(created: object) -> str:
    return f"{created:020d}" if isinstance(created, int) else str(created or "")
