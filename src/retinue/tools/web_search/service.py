"""The verbs of web search: which provider an organization has, and a search with it."""

from typing import cast

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject, loads
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import Outbound, OutboundFailedError
from retinue.core.permissions import require
from retinue.core.resources import Resources
from retinue.tools.web_search import repository, rules
from retinue.tools.web_search.errors import WebSearchInvalidError, WebSearchUnsetError
from retinue.tools.web_search.permissions import READ, WRITE
from retinue.tools.web_search.rules import MAX_RESULTS, Query
from retinue.tools.web_search.settings import WebSearchDefaults
from retinue.tools.web_search.types import Access, SearchProvider, SettingsSource, WebSearchSettings, WebSearchTest

__all__ = ["MAX_RESULTS", "Query"]
_TEST_SECONDS = 15.0


class SearchFailedError(Exception):
    """A search has no results to show; the text says why, for a model or a person."""


async def get(ctx: Context) -> WebSearchSettings:
    """Return the organization's search provider: its own, else the installation's."""
    require(ctx, READ)
    return await _settings(ctx)


async def _settings(ctx: Context) -> WebSearchSettings:
    stored = await repository.get(ctx)
    if stored is not None:
        provider = SearchProvider(stored.provider)
        has_key = stored.api_key_encrypted is not None
        return WebSearchSettings(SettingsSource.ORGANIZATION, provider, stored.url, has_key, stored.updated_at)
    defaults = ctx.resources.settings_of(WebSearchDefaults)
    if not defaults.web_search_provider:
        return WebSearchSettings(SettingsSource.NONE, None, None, has_api_key=False, updated_at=None)
    provider = SearchProvider(defaults.web_search_provider)
    has_key = bool(defaults.web_search_api_key.get_secret_value())
    return WebSearchSettings(SettingsSource.INSTALLATION, provider, None, has_key, None)


async def put(
    ctx: Context, provider: SearchProvider, url: str | None, api_key: str | None, *, keeps_key: bool
) -> WebSearchSettings:
    """Set the organization's search provider; the key is stored encrypted. ``keeps_key``: the one that is set stays.

    A key stays only for the same provider at the same URL. Raises ``WebSearchInvalidError``. Writes an audit entry.
    """
    require(ctx, WRITE)
    before = await repository.get(ctx)
    sealed = ctx.resources.secrets.seal(api_key) if api_key else None
    if keeps_key and before is not None and before.api_key_encrypted is not None:
        if (before.provider, before.url) != (provider, url):
            message = "must be given again, because another provider or URL is set"
            raise WebSearchInvalidError.of(FieldProblem("api_key", message, "Give the key, or null for none."))
        sealed = before.api_key_encrypted
    problems = rules.problems_of(provider, url, has_key=sealed is not None)
    if problems:
        raise WebSearchInvalidError.of(*problems)
    await repository.put(ctx, provider, url, sealed)
    after = await _settings(ctx)
    await audit.record(ctx, "web_search.updated", ("organization", ctx.organization_id), after=_to_audit(after))
    return after


async def delete(ctx: Context) -> None:
    """Delete the organization's search provider; that of the installation, if any, takes its place. May be repeated."""
    require(ctx, WRITE)
    before = await _settings(ctx)
    if before.source is not SettingsSource.ORGANIZATION:
        return
    await repository.delete(ctx)
    await audit.record(ctx, "web_search.deleted", ("organization", ctx.organization_id), before=_to_audit(before))


async def test(database: Database, actor: Actor) -> WebSearchTest:
    """Search once with what is set, with no transaction open. Raises ``WebSearchUnsetError``."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        access = await _access(ctx)
    if access is None:
        raise WebSearchUnsetError
    try:
        found = await search(database.resources.outbound, access, Query("weather", 3), _TEST_SECONDS)
    except SearchFailedError as error:
        return WebSearchTest(ok=False, result_count=0, error=str(error))
    return WebSearchTest(ok=True, result_count=len(found), error=None)


async def get_access(database: Database, organization_id: OrganizationId) -> JsonObject | None:
    """Return how an organization's search provider is reached, as credentials of a call; None when none is set."""
    access = await database.read(organization_id, _access)
    return None if access is None else access.to_credentials()


async def _access(ctx: Context) -> Access | None:
    stored = await repository.get(ctx)
    if stored is not None:
        provider = SearchProvider(stored.provider)
        key = None if stored.api_key_encrypted is None else ctx.resources.secrets.open(stored.api_key_encrypted)
        return Access(provider, rules.url_of(provider, stored.url), key)
    return _default_access(ctx.resources)


def _default_access(resources: Resources) -> Access | None:
    defaults = resources.settings_of(WebSearchDefaults)
    if not defaults.web_search_provider:
        return None
    provider = SearchProvider(defaults.web_search_provider)
    key = defaults.web_search_api_key.get_secret_value() or None
    return Access(provider, rules.url_of(provider, defaults.web_search_url), key)


def access_of(credentials: JsonObject) -> Access:
    """Return the access that credentials of a call hold."""
    provider = SearchProvider(str(credentials["type"]))
    return Access(provider, str(credentials["name"]), cast("str | None", credentials["value"]))


async def search(outbound: Outbound, access: Access, query: Query, timeout_seconds: float) -> list[JsonObject]:
    """Ask the provider; return the results. Raises ``SearchFailedError``."""
    try:
        response = await outbound.send(rules.request_of(access, query, timeout_seconds))
    except (OutboundRefusedError, OutboundFailedError) as error:
        detail = " ".join(each for each in (error.detail, error.remedy_text) if each)
        raise SearchFailedError(f"The search provider {access.provider} cannot be asked. {detail}") from None
    refusal = rules.refusal_of(access, response.status)
    if refusal is not None:
        raise SearchFailedError(refusal)
    try:
        found = rules.results_of(access, loads(response.body), query.count)
    except ValueError:
        found = None
    if found is None:
        message = f"What answers at {access.url} is not {access.provider}: it sent no search results as JSON."
        raise SearchFailedError(message)
    return found


def _to_audit(settings: WebSearchSettings) -> JsonObject:
    return {"provider": settings.provider, "url": settings.url, "has_api_key": settings.has_api_key}
