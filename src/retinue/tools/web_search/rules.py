"""Pure decisions about web search: what a provider needs, what it is sent, and what its answer says."""

import re
from dataclasses import dataclass
from html import unescape
from typing import cast
from urllib.parse import urlencode

from retinue.core.errors import Error, FieldProblem
from retinue.core.json import Json, JsonObject, dumps
from retinue.core.outbound.addresses import parse_url
from retinue.core.outbound.client import OutboundRequest
from retinue.tools.web_search.types import Access, SearchProvider

MAX_RESULTS = 20
_URLS = {
    SearchProvider.BRAVE: "https://api.search.brave.com/res/v1/web/search",
    SearchProvider.TAVILY: "https://api.tavily.com/search",
}
_TEXT_CHARACTERS = 1500
_TITLE_CHARACTERS = 300
_URL_CHARACTERS = 2000
_TAG = re.compile(r"<[^<>]{0,200}>")
_NOT_ALLOWED = frozenset({401, 403})
_LIMITED = frozenset({402, 429, 432, 433})
_OK = 200


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. ``language`` is a code such as de or en-US."""

    text: str
    count: int
    language: str | None = None


def problems_of(provider: SearchProvider, url: str | None, *, has_key: bool) -> tuple[FieldProblem, ...]:
    """Name what a provider needs and does not have."""
    problems: list[FieldProblem] = []
    if url:
        try:
            parse_url(url)
        except Error as error:
            problems.append(FieldProblem("url", error.detail.rstrip("."), error.remedy_text))
        if "?" in url or "#" in url:
            problems.append(
                FieldProblem("url", "may not have a query or a fragment", "Give the address of the server alone.")
            )
    elif provider is SearchProvider.SEARXNG:
        problems.append(FieldProblem("url", "is needed for SearXNG", "Give the URL of your server, with JSON enabled."))
    if provider is not SearchProvider.SEARXNG and not has_key:
        problems.append(FieldProblem("api_key", f"is needed for {provider}", "Give the API key of your account there."))
    return tuple(problems)


def url_of(provider: SearchProvider, url: str | None) -> str:
    """Return where a provider is asked: the address that was set, else its own."""
    if provider is SearchProvider.SEARXNG:
        base = (url or "").rstrip("/")
        return base if base.endswith("/search") else f"{base}/search"
    return url or _URLS[provider]


def request_of(access: Access, query: Query, timeout_seconds: float) -> OutboundRequest:
    """Return the call that asks a provider."""
    headers = {"Accept": "application/json"}
    if access.provider is SearchProvider.TAVILY:
        headers |= {"Authorization": f"Bearer {access.api_key}", "Content-Type": "application/json"}
        body = dumps({"query": query.text, "max_results": query.count, "search_depth": "basic"})
        return OutboundRequest("POST", access.url, headers, body, timeout_seconds=timeout_seconds, max_redirects=0)
    if access.provider is SearchProvider.BRAVE:
        headers["X-Subscription-Token"] = access.api_key or ""
        parameters = {"q": query.text, "count": str(query.count)}
        if query.language:
            parameters["search_lang"] = query.language.partition("-")[0].lower()
    else:
        if access.api_key:
            headers["Authorization"] = f"Bearer {access.api_key}"
        parameters = {"q": query.text, "format": "json"}
        if query.language:
            parameters["language"] = query.language
    url = f"{access.url}?{urlencode(parameters)}"
    return OutboundRequest("GET", url, headers, timeout_seconds=timeout_seconds, max_redirects=0)


def refusal_of(access: Access, status: int) -> str | None:
    """Say what an answer's status means when it holds no results, and what to do."""
    if status == _OK:
        return None
    if status in _NOT_ALLOWED:
        remedy = (
            "Enable the format json in its settings (search.formats), or give it a token."
            if access.provider is SearchProvider.SEARXNG
            else "An administrator must correct the API key under Settings, Web search."
        )
        return f"The search provider {access.provider} refused the search with status {status}. {remedy}"
    if status in _LIMITED:
        return f"The search provider {access.provider} has a limit that is used up (status {status}). Search later."
    return f"The search provider {access.provider} answered with status {status}."


def results_of(access: Access, answer: Json, count: int) -> list[JsonObject] | None:
    """Return the results of an answer, each with title, url and text; None when it is no answer of the provider."""
    place = answer.get("web", {}) if access.provider is SearchProvider.BRAVE and isinstance(answer, dict) else answer
    items = (
        place.get("results", [] if access.provider is SearchProvider.BRAVE else None) if isinstance(place, dict) else None
    )
    if not isinstance(items, list):
        return None
    text_name = "description" if access.provider is SearchProvider.BRAVE else "content"
    found: list[JsonObject] = []
    for each in items:
        url = each.get("url") if isinstance(each, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")) or len(url) > _URL_CHARACTERS:
            continue
        item = cast("JsonObject", each)
        result: JsonObject = {
            "title": _plain(item.get("title"), _TITLE_CHARACTERS),
            "url": url,
            "text": _plain(item.get(text_name), _TEXT_CHARACTERS),
        }
        published = next((item[name] for name in ("publishedDate", "page_age", "published_date") if item.get(name)), None)
        if isinstance(published, str):
            result["published"] = published[:40]
        found.append(result)
    return found[:count]


def _plain(value: Json, characters: int) -> str:
    """Return a text without markup, on one line."""
    text = value if isinstance(value, str) else ""
    text = " ".join(unescape(_TAG.sub("", text[: characters * 4])).replace("\0", "").split())
    return text if len(text) <= characters else f"{text[:characters]}…"
