"""The room's verbs: providers of an organization, the models they offer, and which one an agent means."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import Error, FieldProblem, InvalidError, MissingError
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine import pricing
from retinue.engine.ports import ModelSpec
from retinue.llm import probe, repository, rules
from retinue.llm.local_server import LocalModelServer
from retinue.llm.permissions import READ, WRITE
from retinue.llm.settings import ModelSettings
from retinue.llm.types import (
    LOCAL_ID,
    LOCAL_MODEL,
    SCRIPTED_ID,
    SCRIPTED_MODEL,
    Endpoint,
    Grade,
    Model,
    ModelList,
    Provider,
    ProviderKind,
    TestResult,
)


class ProviderMissingError(MissingError):
    """There is no such model provider."""

    code = "provider_missing"


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

    ``values``: name, kind, base_url, api_key, models, default_model, is_default. Raises ``ProviderInvalidError`` and
    ``ProviderNameTakenError``; writes an audit entry.
    """
    require(ctx, WRITE)
    row = dict(values)
    key: str | None = row.pop("api_key")
    _check(ctx, ProviderKind(row["kind"]), row["base_url"], has_key=key is not None)
    is_first = not await repository.list_all(ctx.tx)
    row["is_default"] = is_first or row["is_default"]
    if row["is_default"]:
        await repository.unset_default(ctx.tx)
    row |= {"id": new_id(), "api_key_encrypted": None if key is None else ctx.resources.secrets.seal(key)}
    provider = await repository.insert(ctx, row)
    await audit.record(ctx, "model_provider.created", ("model_provider", provider.id), after=_shown(provider))
    return provider


async def update_provider(ctx: Context, provider_id: UUID, changes: Mapping[str, Any]) -> Provider:
    """Change a provider; what is not named stays. Raises as ``create_provider`` and ``ProviderMissingError``."""
    require(ctx, WRITE)
    before = await get_provider(ctx, provider_id)
    row = await repository.lock(ctx.tx, provider_id)
    if row is None:
        raise ProviderMissingError
    if "api_key" in changes:
        key: str | None = changes["api_key"]
        row["api_key_encrypted"] = None if key is None else ctx.resources.secrets.seal(key)
    row |= {name: value for name, value in changes.items() if name in row and value is not None}
    if "default_model" in changes:
        row["default_model"] = changes["default_model"]
    _check(ctx, before.kind, row["base_url"], has_key=row["api_key_encrypted"] is not None)
    if row["is_default"] and not before.is_default:
        await repository.unset_default(ctx.tx)
    after = await repository.update(ctx.tx, {**row, "id": provider_id})
    if after is None:
        raise ProviderMissingError
    await audit.record(
        ctx, "model_provider.updated", ("model_provider", provider_id), before=_shown(before), after=_shown(after)
    )
    return after


async def delete_provider(ctx: Context, provider_id: UUID) -> None:
    """Delete a provider. Agents that name it are refused to run until they name another. Raises ``ProviderMissingError``."""
    require(ctx, WRITE)
    before = await get_provider(ctx, provider_id)
    await repository.delete(ctx.tx, provider_id)
    await audit.record(ctx, "model_provider.deleted", ("model_provider", provider_id), before=_shown(before))


async def test_provider(database: Database, actor: Actor, provider_id: UUID) -> TestResult:
    """Ask a provider for its models, with no transaction open meanwhile. Raises ``ProviderMissingError``."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        provider = await get_provider(ctx, provider_id)
        endpoint = await open_endpoint(ctx, provider_id)
    began = time.perf_counter()
    names: list[str] = []
    error: str | None = None
    try:
        async with aiohttp.ClientSession() as session:
            names = await probe.list_models(session, provider.kind, endpoint)
    except Error as refused:
        error = f"{refused.detail} {refused.remedy_text or ''}".strip()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
        error = f"{endpoint.base_url} does not answer as a model provider: {failed or type(failed).__name__}."
    return TestResult(error is None, round((time.perf_counter() - began) * 1000), names, error)


async def open_endpoint(ctx: Context, provider_id: UUID) -> Endpoint:
    """Return where a provider is and its opened key, for the length of a call. Raises ``ProviderMissingError``."""
    provider = await repository.get(ctx.tx, provider_id)
    found = await repository.get_endpoint(ctx.tx, provider_id)
    if provider is None or found is None:
        raise ProviderMissingError(remedy="Choose another provider in the agent's editor.")
    base_url = found[0] or rules.DEFAULT_URLS.get(provider.kind) or ""
    return Endpoint(base_url, None if found[1] is None else ctx.resources.secrets.open(found[1]))


async def list_models(ctx: Context) -> ModelList:
    """Return every model that agents may use: those of the organization's providers, the local one, the script."""
    require(ctx, READ)
    providers = await repository.list_all(ctx.tx)
    items = [_model(provider, name) for provider in providers for name in _names(provider)]
    is_installed = LocalModelServer(ctx.resources.core.data_dir).is_installed()
    has_default = any(provider.is_default for provider in providers)
    items.append(
        _virtual(
            _Virtual(LOCAL_ID, "This machine", ProviderKind.LOCAL, LOCAL_MODEL, Grade.DEMONSTRATION),
            is_default=not has_default,
            is_installed=is_installed,
        )
    )
    items.append(
        _virtual(
            _Virtual(SCRIPTED_ID, "Script", ProviderKind.SCRIPTED, SCRIPTED_MODEL, Grade.TEST),
            is_default=False,
            is_installed=True,
        )
    )
    return ModelList(sorted(items, key=lambda item: not item.is_default))


async def resolve_model(ctx: Context, provider_id: UUID | None, name: str | None, parameters: JsonObject) -> ModelSpec:
    """Say which model an agent means; with nothing named, the default provider's default, else the local model.

    Raises ``ModelChoiceError`` naming the field when the provider is gone or has no model to fall back to.
    """
    if provider_id == SCRIPTED_ID:
        return ModelSpec(str(SCRIPTED_ID), ProviderKind.SCRIPTED, name or SCRIPTED_MODEL, None, parameters)
    if parameters.get("script") is not None:
        raise _refuse("config.parameters.script", "is for the scripted provider only", "Take it out.")
    if provider_id == LOCAL_ID:
        return ModelSpec(str(LOCAL_ID), ProviderKind.LOCAL, LOCAL_MODEL, None, parameters)
    providers = await repository.list_all(ctx.tx)
    if provider_id is None:
        chosen = next(iter(providers), None)
        if chosen is None:
            return ModelSpec(str(LOCAL_ID), ProviderKind.LOCAL, LOCAL_MODEL, None, parameters)
    else:
        chosen = next((each for each in providers if each.id == provider_id), None)
    if chosen is None:
        raise _refuse("config.model.provider_id", "names a provider that is gone", "Choose another model.")
    model = name or chosen.default_model or next(iter(chosen.models), None)
    if model is None:
        raise _refuse("config.model.name", f"is needed: {chosen.name} has no default model", "Name a model.")
    return ModelSpec(str(chosen.id), chosen.kind, model, chosen.base_url, parameters)


def is_local_installed(data_dir: Path) -> bool:
    """Say whether the local model is on this machine."""
    return LocalModelServer(data_dir).is_installed()


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


def _names(provider: Provider) -> list[str]:
    names = list(provider.models)
    if provider.default_model and provider.default_model not in names:
        names.insert(0, provider.default_model)
    return names


def _model(provider: Provider, name: str) -> Model:
    price = pricing.price_of(provider.kind, name, provider.base_url)
    first = provider.default_model or next(iter(provider.models), None)
    return Model(
        provider_id=provider.id,
        provider_name=provider.name,
        kind=provider.kind,
        name=name,
        is_default=provider.is_default and name == first,
        grade=Grade.PRODUCTION,
        is_installed=True,
        context_window=price.context_window,
        input_usd_per_mtok=_number(price.input_usd_per_mtok),
        output_usd_per_mtok=_number(price.output_usd_per_mtok),
    )


@dataclass(frozen=True, slots=True)
class _Virtual:
    id: UUID
    name: str
    kind: ProviderKind
    model: str
    grade: Grade


def _virtual(each: _Virtual, *, is_default: bool, is_installed: bool) -> Model:
    return Model(
        provider_id=each.id,
        provider_name=each.name,
        kind=each.kind,
        name=each.model,
        is_default=is_default,
        grade=each.grade,
        is_installed=is_installed,
        context_window=None,
        input_usd_per_mtok=0.0,
        output_usd_per_mtok=0.0,
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
