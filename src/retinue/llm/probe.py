"""Asking a provider which models it has: the test of its address and key, in each kind's own protocol.

Sources: OpenAI ``GET /models``; Anthropic ``GET /v1/models`` (header ``anthropic-version``); Google ``GET /v1beta/models``;
Ollama ``GET /api/tags``.
"""

from typing import Any

import aiohttp
import orjson

from retinue.llm.refusals import refusal_of
from retinue.llm.types import Endpoint, ProviderKind

_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)


def _question(kind: ProviderKind, endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    base, key = endpoint.base_url.rstrip("/"), endpoint.api_key or ""
    match kind:
        case ProviderKind.ANTHROPIC:
            return f"{base}/v1/models?limit=200", {"x-api-key": key, "anthropic-version": "2023-06-01"}
        case ProviderKind.GOOGLE:
            return f"{base}/v1beta/models?pageSize=200", {"x-goog-api-key": key}
        case ProviderKind.OLLAMA:
            return f"{base}/api/tags", {}
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


async def list_models(session: aiohttp.ClientSession, kind: ProviderKind, endpoint: Endpoint) -> list[str]:
    """Return the names a provider lists, at most 200.

    Raises an ``Error`` that says what the provider refused, ``aiohttp.ClientError`` or ``TimeoutError`` when it does not
    answer, and ``ValueError`` when its answer is no list of models.
    """
    url, headers = _question(kind, endpoint)
    async with session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as response:
        text = await response.content.read(4_000_000)
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise refusal_of(response.status, text.decode(errors="replace"), response.headers, secret=endpoint.api_key)
    document = orjson.loads(text)
    try:
        return sorted(_names(kind, document))[:200]
    except (KeyError, TypeError, AttributeError):
        raise ValueError("the answer is not a list of models") from None
