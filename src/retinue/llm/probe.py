"""The test of a provider's address and key: asking which models it has, in each kind's own protocol.

Sources: OpenAI ``GET /models``; Anthropic ``GET /v1/models`` (header ``anthropic-version``); Google ``GET /v1beta/models``;
Ollama ``GET /api/tags``.
"""

from typing import Any

import aiohttp
import orjson

from retinue.core.errors import Error
from retinue.engine.ports import ModelRequest, ModelSpec
from retinue.llm.attempts import Patience
from retinue.llm.errors import ModelAddressError, ModelUnknownError
from retinue.llm.offers import names_of
from retinue.llm.openai_client import OpenAIChatModel
from retinue.llm.refusals import refusal_of
from retinue.llm.types import Endpoint, Provider, ProviderKind

_TIMEOUT_SECONDS = 15.0
_TIMEOUT = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS, sock_connect=5)


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


def _names(kind: ProviderKind, document: dict[str, Any]) -> list[str]:
    match kind:
        case ProviderKind.GOOGLE:
            return [str(each["name"]).removeprefix("models/") for each in document.get("models", ())]
        case ProviderKind.OLLAMA:
            return [str(each["name"]) for each in document.get("models", ())]
        case _:
            return [str(each["id"]) for each in document.get("data", ())]


async def ask(session: aiohttp.ClientSession, provider: Provider, endpoint: Endpoint) -> list[str]:
    """Return the models a provider lists; of a compatible server without a list, none, once it answered with a token.

    Raises as ``list_models``.
    """
    try:
        return await list_models(session, provider.kind, endpoint)
    except (ModelAddressError, ModelUnknownError) as without_list:
        if provider.kind is not ProviderKind.OPENAI_COMPATIBLE:
            raise
        await _speak(session, provider, endpoint, without_list)
        return []


async def _speak(session: aiohttp.ClientSession, provider: Provider, endpoint: Endpoint, without_list: Error) -> None:
    model = next(iter(names_of(provider)), None)
    if model is None:
        remedy = (
            "Check the address, which most often ends in /v1; if the server has no list of models, name one and test again."
        )
        raise type(without_list)(without_list.detail, remedy=remedy)

    async def endpoint_of(_request: ModelRequest) -> Endpoint:
        return endpoint

    spec = ModelSpec(str(provider.id), provider.kind, model, provider.base_url, {"max_output_tokens": 1})
    request = ModelRequest("", spec, [{"role": "user", "content": "Hi"}], (), _TIMEOUT_SECONDS, "test")
    await OpenAIChatModel(session, endpoint_of, Patience(attempts=1)).complete(request, lambda _kind, _chunk: None)


async def list_models(session: aiohttp.ClientSession, kind: ProviderKind, endpoint: Endpoint) -> list[str]:
    """Return the names a provider lists, at most 200.

    Raises an ``Error`` that names what the provider refused or that the answer is not a list of models, and
    ``aiohttp.ClientError`` or ``OSError`` when the connection fails.
    """
    url, headers = _question(kind, endpoint)
    async with session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as response:
        text = await response.content.read(4_000_000)
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise refusal_of(response.status, text.decode(errors="replace"), response.headers, secret=endpoint.api_key)
    try:
        return sorted(_names(kind, orjson.loads(text)))[:200]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ModelAddressError("The server answers, but not with a list of models.") from None
