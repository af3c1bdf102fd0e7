"""The module's verbs: providers of an organization, their models, and which model an agent uses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine import pricing
from retinue.engine.ports import ModelRequest, ModelResponse, ModelSpec
from retinue.llm import choice, offers, probe, repository, rules
from retinue.llm.choice import ModelChoiceError, is_local_installed
from retinue.llm.local import service as local
from retinue.llm.permissions import READ, WRITE
from retinue.llm.settings import ModelSettings
from retinue.llm.types import (
    LOCAL_ID,
    LOCAL_MODEL,
    SCRIPTED_ID,
    Endpoint,
    ModelList,
    OllamaSearch,
    Provider,
    ProviderKind,
    TestResult,
)

__all__ = ["ModelChoiceError", "is_local_installed"]


class ProviderMissingError(MissingError):
    """There is no such model provider."""

    code = "provider_missing"


class ProviderCountError(ConflictError):
    """The organization has the maximum number of model providers."""

    code = "provider_count"
    remedy = "Delete a provider that is no longer used."


class ProviderChangedError(ConflictError):
    """The provider was changed while its new values were tested."""

    code = "provider_changed"
    remedy = "Reload the provider and try again."


class ProviderTestFailedError(InvalidError):
    """The test of the provider failed, so it was not saved."""

    code = "provider_test_failed"
    remedy = "Correct the URL or the key, or set save_untested to save the provider without a test."


@dataclass(frozen=True, slots=True)
class _Draft:
    """A provider's values before they are saved, as they are tested."""

    kind: ProviderKind
    endpoint: Endpoint
    model: str | None
    private_networks: bool

    async def test(self) -> TestResult:
        return await probe.test(self.kind, self.endpoint, self.model, private_networks=self.private_networks)

    async def require_success(self) -> TestResult:
        """Test the values. Raises ``ProviderTestFailedError`` that names the field."""
        result = await self.test()
        if not result.ok:
            field = FieldProblem(result.error_field or "base_url", result.error or "The test failed.", None)
            raise ProviderTestFailedError(result.error, fields=(field,))
        return result


async def list_providers(ctx: Context) -> list[Provider]:
    """Return the organization's providers, the default first."""
    require(ctx, READ)
    return await repository.list_all(ctx.tx)


async def get_provider(ctx: Context, provider_id: UUID) -> Provider:
    """Return one provider. Raises ``ProviderMissingError``."""
    require(ctx, READ)
    found = await repository.get(ctx.tx, provider_id)
    if found is None:
        raise ProviderMissingError
    return found


async def test_values(database: Database, actor: Actor, values: Mapping[str, Any]) -> TestResult:
    """Test the values of a provider without saving them: kind, base_url, api_key, model.

    Raises ``ProviderInvalidError`` for values that cannot belong to a provider.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        draft = _draft(ctx, values["kind"], values["base_url"], values["api_key"], values["model"])
    return await draft.test()


async def find_ollama(database: Database, actor: Actor) -> OllamaSearch:
    """Look for an Ollama at the URL of the settings, with no transaction open. Only a person's request does it."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        settings = ctx.resources.settings_of(ModelSettings)
    url = settings.model_ollama_url.rstrip("/")
    draft = _Draft(ProviderKind.OLLAMA, Endpoint(url, None), None, settings.model_private_networks)
    result = await draft.test()
    return OllamaSearch(result.ok, url, result.models, result.default_model, result.error)


async def create_provider(database: Database, actor: Actor, values: Mapping[str, Any]) -> Provider:
    """Test a new provider with no transaction open, and write it; the first that passes becomes the default.

    ``values``: name, kind, base_url, api_key, models, default_model, is_default, model_overrides, save_untested. Without
    ``models``, those that the provider lists are stored. With ``save_untested`` nothing is tested and the provider is not
    the default. Raises ``ProviderInvalidError``, ``ProviderTestFailedError``, ``ProviderCountError``,
    ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``; writes an audit entry.
    """
    row = dict(values)
    key: str | None = row.pop("api_key")
    overrides, save_untested = row.pop("model_overrides"), row.pop("save_untested")
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        draft = _draft(ctx, row["kind"], row["base_url"], key, rules.model_to_test(row))
        if save_untested and row["is_default"]:
            raise rules.refuse_untested_default()
    if not save_untested:
        row = rules.with_listed_models(row, await draft.require_success())
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        await repository.lock_all(ctx)
        existing = await repository.list_all(ctx.tx)
        if len(existing) >= rules.MAX_PROVIDERS:
            raise ProviderCountError
        is_first = not any(each.is_default for each in existing)
        row["is_default"] = not save_untested and (is_first or row["is_default"])
        if row["is_default"]:
            await repository.unset_default(ctx.tx)
        row |= {"id": new_id(), "api_key_encrypted": _sealed(ctx, key), "last_test_ok": None if save_untested else True}
        await repository.insert(ctx, row)
        await repository.replace_overrides(ctx, row["id"], overrides)
        provider = await get_provider(ctx, row["id"])
        await audit.record(ctx, "model_provider.created", ("model_provider", provider.id), after=_to_audit(provider))
    return provider


async def update_provider(database: Database, actor: Actor, provider_id: UUID, changes: Mapping[str, Any]) -> Provider:
    """Change a provider; a field that is left out stays, and null empties base_url, api_key and default_model.

    A change of ``base_url`` or ``api_key`` is tested first, with no transaction open, unless ``save_untested`` is set.
    Raises as ``create_provider``, ``ProviderMissingError``, ``ProviderChangedError``, and ``ProviderInvalidError`` when the
    URL moves to another server without the key being given again.
    """
    changed = dict(changes)
    save_untested = bool(changed.pop("save_untested", False))
    is_moved = bool({"base_url", "api_key"} & changed.keys())
    tested: TestResult | None = None
    before_test: dict[str, Any] = {}
    if is_moved and not save_untested:
        async with database.context(actor) as ctx:
            require(ctx, WRITE)
            before_test = await _lock(ctx, provider_id)
            draft = _changed_draft(ctx, before_test, changed)
        tested = await draft.require_success()
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        await repository.lock_all(ctx)
        before = await get_provider(ctx, provider_id)
        row = await _lock(ctx, provider_id)
        if tested is not None and not _is_same_endpoint(row, before_test):
            raise ProviderChangedError
        if is_moved and tested is None:
            rules.check_untested(changed, is_default=before.is_default)
        _changed_draft(ctx, row, changed)
        row = rules.with_changes(row, changed, tested, is_moved=is_moved)
        if "api_key" in changed:
            row["api_key_encrypted"] = _sealed(ctx, changed["api_key"])
        await _write(ctx, provider_id, row, before)
        if "model_overrides" in changed:
            await repository.replace_overrides(ctx, provider_id, changed["model_overrides"])
        after = await get_provider(ctx, provider_id)
        await _record_update(ctx, before, after)
    return after


async def delete_provider(ctx: Context, provider_id: UUID) -> None:
    """Delete a provider; the oldest provider whose last test succeeded replaces a default. Raises ``ProviderMissingError``.

    Runs of agents that name the deleted provider fail until they name another.
    """
    require(ctx, WRITE)
    await repository.lock_all(ctx)
    before = await get_provider(ctx, provider_id)
    if not await repository.delete(ctx.tx, provider_id):
        raise ProviderMissingError
    await audit.record(ctx, "model_provider.deleted", ("model_provider", provider_id), before=_to_audit(before))
    await _promote(ctx)


async def test_provider(database: Database, actor: Actor, provider_id: UUID) -> TestResult:
    """Test a saved provider with no transaction open, and store the result. Raises ``ProviderMissingError``.

    When it passes: a provider without models takes those it lists, and becomes the default where there is none.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        tested = await _lock(ctx, provider_id)
        try:
            draft: _Draft | TestResult = _changed_draft(ctx, tested, {})
        except rules.ProviderInvalidError as refused:
            draft = probe.failed(refused)
    result = await draft.test() if isinstance(draft, _Draft) else draft
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        await repository.lock_all(ctx)
        row = await _lock(ctx, provider_id)
        if _is_same_endpoint(row, tested):
            before = await get_provider(ctx, provider_id)
            await _write(ctx, provider_id, rules.with_changes(row, {}, result, is_moved=True), before)
            await _promote(ctx)
    return result


def _is_same_endpoint(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(row[name] == other[name] for name in ("base_url", "api_key_encrypted"))


async def open_endpoint(ctx: Context, provider_id: UUID) -> Endpoint:
    """Return where a provider is and its opened key, for the length of a call.

    Raises ``ProviderMissingError``, and ``ProviderInvalidError`` for an address that is not allowed any more.
    """
    found = await repository.get_endpoint(ctx.tx, provider_id)
    if found is None:
        raise ProviderMissingError(remedy="Choose another provider in the agent's editor.")
    kind, base_url, sealed = found
    allowed = ctx.resources.settings_of(ModelSettings).model_private_networks
    rules.check_address(kind, base_url, private_networks=allowed)
    return Endpoint(rules.url_of(kind, base_url), None if sealed is None else ctx.resources.secrets.open(sealed))


async def list_models(ctx: Context) -> ModelList:
    """Return every model that agents may use, the default first: the providers' own, the local one, the scripts."""
    require(ctx, READ)
    providers = await repository.list_all(ctx.tx)
    if offers.needs_prices(providers):
        await pricing.load_prices()
    items = [each for provider in providers for each in offers.offers_of(provider)]
    data_dir = ctx.resources.core.data_dir
    is_installed = is_local_installed(data_dir)
    model = local.get_chosen(data_dir) if is_installed else local.get_model(LOCAL_MODEL)
    has_default = any(each.is_default for each in providers)
    items.append(offers.local_offer(model, is_default=not has_default, is_installed=is_installed))
    items += offers.scripted_offers()
    return ModelList(sorted(items, key=lambda item: not item.is_default))


async def resolve_model(ctx: Context, provider_id: UUID | None, name: str | None, parameters: JsonObject) -> ModelSpec:
    """Return the model an agent uses; with nothing named, the default provider's default, else the local model.

    Raises ``ModelChoiceError`` naming the field when the provider is gone or has no such model or none to fall back to.
    """
    if provider_id == SCRIPTED_ID:
        return choice.resolve_script(name, parameters)
    if parameters.get("script") is not None:
        raise choice.refuse("config.parameters.script", "is for the scripted provider only", "Take it out.")
    providers = [] if provider_id == LOCAL_ID else await repository.list_all(ctx.tx)
    chosen = next((each for each in providers if each.id == provider_id or (provider_id is None and each.is_default)), None)
    if provider_id == LOCAL_ID or (provider_id is None and chosen is None):
        return choice.resolve_local(ctx, name, parameters)
    if chosen is None:
        raise choice.refuse("config.model.provider_id", "names a provider that is gone", "Choose another model.")
    model = name or next(iter(offers.names_of(chosen)), None)
    if model is None:
        raise choice.refuse("config.model.name", f"is needed: {chosen.name} has no default model", "Name a model.")
    override = chosen.model_overrides.get(model)
    return ModelSpec(str(chosen.id), chosen.kind, model, chosen.base_url, parameters, override)


async def check_answers(database: Database, organization_id: OrganizationId, model: ModelSpec) -> None:
    """See to it that a model answers: one short call, with no transaction open. Raises the error of a call that fails.

    The local model is looked for and not loaded; a script always answers.
    """
    kind = ProviderKind(model.kind)
    if kind is ProviderKind.SCRIPTED:
        return
    if kind is ProviderKind.LOCAL:
        if not is_local_installed(database.resources.core.data_dir):
            raise choice.refuse("config.model", "is the local model, which is not installed", "retinue models install")
        return
    provider_id = UUID(model.provider_id)
    endpoint = await database.read(organization_id, lambda ctx: open_endpoint(ctx, provider_id))
    await probe.call(model, endpoint, private_networks=database.resources.settings_of(ModelSettings).model_private_networks)


def _draft(ctx: Context, kind: str, base_url: str | None, key: str | None, model: str | None) -> _Draft:
    """Return values to test. Raises ``ProviderInvalidError`` for values that cannot belong to a provider."""
    known, private_networks = ProviderKind(kind), ctx.resources.settings_of(ModelSettings).model_private_networks
    rules.check(known, base_url, has_key=key is not None, private_networks=private_networks)
    return _Draft(known, Endpoint(rules.url_of(known, base_url), key), model, private_networks)


def _changed_draft(ctx: Context, row: Mapping[str, Any], changes: Mapping[str, Any]) -> _Draft:
    """Return a saved provider's values after a change. Raises ``ProviderInvalidError`` for a change that is not valid."""
    rules.check_changes(changes, is_default=row["is_default"])
    kind, sealed = ProviderKind(row["kind"]), row["api_key_encrypted"]
    if "api_key" not in changes and "base_url" in changes and sealed is not None:
        rules.check_key_stays(kind, row["base_url"], changes["base_url"])
    stored = None if sealed is None else ctx.resources.secrets.open(sealed)
    after = {**row, **changes}
    return _draft(ctx, kind, after["base_url"], changes.get("api_key", stored), rules.model_to_test(after))


def _sealed(ctx: Context, key: str | None) -> bytes | None:
    return None if key is None else ctx.resources.secrets.seal(key)


async def _lock(ctx: Context, provider_id: UUID) -> dict[str, Any]:
    row = await repository.lock(ctx.tx, provider_id)
    if row is None:
        raise ProviderMissingError
    return row


async def _write(ctx: Context, provider_id: UUID, row: Mapping[str, Any], before: Provider) -> None:
    if row["is_default"] and not before.is_default:
        await repository.unset_default(ctx.tx)
    await repository.update(ctx.tx, {**row, "id": provider_id})


async def _promote(ctx: Context) -> None:
    promoted = await repository.promote_oldest(ctx.tx)
    if promoted is not None:
        after = await get_provider(ctx, promoted)
        await _record_update(ctx, replace(after, is_default=False), after)


async def _record_update(ctx: Context, before: Provider, after: Provider) -> None:
    target = ("model_provider", after.id)
    await audit.record(ctx, "model_provider.updated", target, before=_to_audit(before), after=_to_audit(after))


def _to_audit(provider: Provider) -> JsonObject:
    return {
        "name": provider.name,
        "kind": provider.kind,
        "base_url": provider.base_url,
        "has_api_key": provider.has_api_key,
        "default_model": provider.default_model,
        "is_default": provider.is_default,
    }


async def complete_once(database: Database, request: ModelRequest) -> ModelResponse:
    """Call a model once, outside of any run, for a person who waits; nothing is stored. Raises what the call raises."""
    from retinue.llm.clients import ChatModels  # noqa: PLC0415 - it looks providers up here

    models = ChatModels(database)
    await models.start()
    try:
        return await models.complete(request, _unseen)
    finally:
        await models.stop()


def _unseen(_kind: str, _text: str) -> None:
    pass
