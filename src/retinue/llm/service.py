"""The room's verbs: providers of an organization, the models they offer, and which one an agent means."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
from pydantic import ValidationError

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import ConflictError, Error, FieldProblem, InvalidError, MissingError
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine import pricing
from retinue.engine.ports import ModelSpec
from retinue.llm import offers, probe, repository, rules, script
from retinue.llm.failures import connection_error
from retinue.llm.local import service as local
from retinue.llm.network import open_session
from retinue.llm.permissions import READ, WRITE
from retinue.llm.settings import ModelSettings
from retinue.llm.types import (
    LOCAL_ID,
    LOCAL_MODEL,
    SCRIPTED_ID,
    SCRIPTED_MODEL,
    SCRIPTED_MODELS,
    Endpoint,
    ModelList,
    Provider,
    ProviderKind,
    TestResult,
)


class ProviderMissingError(MissingError):
    """There is no such model provider."""

    code = "provider_missing"


class ProviderCountError(ConflictError):
    """The organization has as many model providers as it may."""

    code = "provider_count"
    remedy = "Delete one that is not used any more."


class ModelChoiceError(InvalidError):
    """The agent's choice of model cannot be followed."""

    code = "model_choice_invalid"


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


async def create_provider(ctx: Context, values: Mapping[str, Any]) -> Provider:
    """Write a new provider; the organization's first becomes its default.

    ``values``: name, kind, base_url, api_key, models, default_model, is_default. Raises ``ProviderInvalidError``,
    ``ProviderCountError``, ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``; writes an audit entry.
    """
    require(ctx, WRITE)
    row = dict(values)
    key: str | None = row.pop("api_key")
    _check(ctx, ProviderKind(row["kind"]), row["base_url"], has_key=key is not None)
    existing = await repository.list_all(ctx.tx)
    if len(existing) >= rules.MAX_PROVIDERS:
        raise ProviderCountError
    row["is_default"] = not existing or row["is_default"]
    if row["is_default"]:
        await repository.unset_default(ctx.tx)
    row |= {"id": new_id(), "api_key_encrypted": None if key is None else ctx.resources.secrets.seal(key)}
    provider = await repository.insert(ctx, row)
    await audit.record(ctx, "model_provider.created", ("model_provider", provider.id), after=_shown(provider))
    return provider


async def update_provider(ctx: Context, provider_id: UUID, changes: Mapping[str, Any]) -> Provider:
    """Change a provider; what is not named stays, and null in base_url, api_key and default_model empties them.

    Raises as ``create_provider``, ``ProviderMissingError``, and ``ProviderInvalidError`` when the address moves to another
    server and the key is not given again.
    """
    require(ctx, WRITE)
    before = await get_provider(ctx, provider_id)
    row = await repository.lock(ctx.tx, provider_id)
    if row is None:
        raise ProviderMissingError
    rules.check_changes(changes, is_default=row["is_default"])
    if "api_key" in changes:
        key: str | None = changes["api_key"]
        row["api_key_encrypted"] = None if key is None else ctx.resources.secrets.seal(key)
    elif "base_url" in changes and row["api_key_encrypted"] is not None:
        rules.check_key_stays(before.kind, row["base_url"], changes["base_url"])
    row |= {name: value for name, value in changes.items() if name in row}
    _check(ctx, before.kind, row["base_url"], has_key=row["api_key_encrypted"] is not None)
    if row["is_default"] and not before.is_default:
        await repository.unset_default(ctx.tx)
    after = await repository.update(ctx.tx, {**row, "id": provider_id})
    if after is None:
        raise ProviderMissingError
    await _record_update(ctx, before, after)
    return after


async def delete_provider(ctx: Context, provider_id: UUID) -> None:
    """Delete a provider; of a default, the oldest that is left takes the place. Raises ``ProviderMissingError``.

    Agents that name it are refused to run until they name another.
    """
    require(ctx, WRITE)
    before = await get_provider(ctx, provider_id)
    if not await repository.delete(ctx.tx, provider_id):
        raise ProviderMissingError
    await audit.record(ctx, "model_provider.deleted", ("model_provider", provider_id), before=_shown(before))
    promoted = await repository.promote_oldest(ctx.tx)
    if promoted is not None:
        await _record_update(ctx, replace(promoted, is_default=False), promoted)


async def _record_update(ctx: Context, before: Provider, after: Provider) -> None:
    target = ("model_provider", after.id)
    await audit.record(ctx, "model_provider.updated", target, before=_shown(before), after=_shown(after))


async def test_provider(database: Database, actor: Actor, provider_id: UUID) -> TestResult:
    """Ask a provider for its models, with no transaction open meanwhile; where it has no such list, for one token.

    Raises ``ProviderMissingError``.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        provider = await get_provider(ctx, provider_id)
        began = time.perf_counter()
        try:
            endpoint = await open_endpoint(ctx, provider_id)
        except rules.ProviderInvalidError as refused:
            return TestResult(ok=False, latency_ms=0, models=[], error=f"{refused.detail} {refused.remedy_text}")
        private_networks = ctx.resources.settings_of(ModelSettings).model_private_networks
    names: list[str] = []
    error: str | None = None
    try:
        async with open_session(private_networks=private_networks) as session:
            names = await probe.ask(session, provider, endpoint)
    except Error as refused:
        error = f"{refused.detail} {refused.remedy_text or ''}".strip()
    except (aiohttp.ClientError, OSError) as failed:
        failure = connection_error(failed, endpoint.base_url)
        error = f"{failure.detail} {failure.remedy_text}"
    return TestResult(error is None, round((time.perf_counter() - began) * 1000), names, error)


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
        await pricing.warm()
    items = [each for provider in providers for each in offers.offers_of(provider)]
    data_dir = ctx.resources.core.data_dir
    is_installed = is_local_installed(data_dir)
    model = local.get_chosen(data_dir) if is_installed else local.get_model(LOCAL_MODEL)
    items.append(offers.local_offer(model, is_default=not providers, is_installed=is_installed))
    items += offers.scripted_offers()
    return ModelList(sorted(items, key=lambda item: not item.is_default))


async def resolve_model(ctx: Context, provider_id: UUID | None, name: str | None, parameters: JsonObject) -> ModelSpec:
    """Say which model an agent means; with nothing named, the default provider's default, else the local model.

    Raises ``ModelChoiceError`` naming the field when the provider is gone or has no such model or none to fall back to.
    """
    if provider_id == SCRIPTED_ID:
        return _resolve_script(name, parameters)
    if parameters.get("script") is not None:
        raise _refuse("config.parameters.script", "is for the scripted provider only", "Take it out.")
    providers = [] if provider_id == LOCAL_ID else await repository.list_all(ctx.tx)
    if provider_id == LOCAL_ID or (provider_id is None and not providers):
        return _resolve_local(ctx, name, parameters)
    wanted = (each for each in providers if provider_id in {None, each.id})
    chosen = next(wanted, None)
    if chosen is None:
        raise _refuse("config.model.provider_id", "names a provider that is gone", "Choose another model.")
    model = name or next(iter(offers.names_of(chosen)), None)
    if model is None:
        raise _refuse("config.model.name", f"is needed: {chosen.name} has no default model", "Name a model.")
    return ModelSpec(str(chosen.id), chosen.kind, model, chosen.base_url, parameters)


def _resolve_script(name: str | None, parameters: JsonObject) -> ModelSpec:
    if name is not None and name not in SCRIPTED_MODELS and parameters.get("script") is None:
        remedy = f"Choose {' or '.join(SCRIPTED_MODELS)}, or give config.parameters.script."
        raise _refuse("config.model.name", "names no built-in script", remedy)
    if parameters.get("script") is not None:
        try:
            script.parse(parameters["script"])
        except ValidationError as error:
            problems = script.problems_of(error, "config.parameters.script")
            raise ModelChoiceError(f"{problems[0].field}: {problems[0].message}.", fields=problems) from None
    return ModelSpec(str(SCRIPTED_ID), ProviderKind.SCRIPTED, name or SCRIPTED_MODEL, None, parameters)


def _resolve_local(ctx: Context, name: str | None, parameters: JsonObject) -> ModelSpec:
    data_dir = ctx.resources.core.data_dir
    model = local.get_chosen(data_dir).name if is_local_installed(data_dir) else LOCAL_MODEL
    if name is not None and name not in {each.name for each in local.list_models()}:
        raise _refuse("config.model.name", "is no model of this machine", f"Leave it out, or choose {model}.")
    return ModelSpec(str(LOCAL_ID), ProviderKind.LOCAL, model, None, parameters)


def is_local_installed(data_dir: Path) -> bool:
    """Say whether the local model is on this machine."""
    return bool(local.list_installed(data_dir))


def _refuse(field: str, message: str, remedy: str) -> ModelChoiceError:
    return ModelChoiceError(f"{field} {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


def _check(ctx: Context, kind: ProviderKind, base_url: str | None, *, has_key: bool) -> None:
    allowed = ctx.resources.settings_of(ModelSettings).model_private_networks
    rules.check(kind, base_url, has_key=has_key, private_networks=allowed)


def _shown(provider: Provider) -> JsonObject:
    return {
        "name": provider.name,
        "kind": provider.kind,
        "base_url": provider.base_url,
        "has_api_key": provider.has_api_key,
        "default_model": provider.default_model,
        "is_default": provider.is_default,
    }
