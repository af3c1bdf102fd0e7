"""What an organization may choose from: its providers' models, this machine's own, and the scripts. Pure, but for prices."""

from collections.abc import Sequence
from decimal import Decimal

from retinue.engine import pricing
from retinue.llm.local.types import LocalModel
from retinue.llm.types import LOCAL_ID, SCRIPTED_ID, SCRIPTED_MODELS, Grade, Model, Provider, ProviderKind


def names_of(provider: Provider) -> list[str]:
    """Return the models a provider offers, its default first."""
    first = provider.default_model
    return [*([first] if first else []), *(name for name in provider.models if name != first)]


def needs_prices(providers: Sequence[Provider]) -> bool:
    """Tell whether the price list has to be read for these providers' models."""
    return any(not pricing.is_free(each.kind, name) for each in providers for name in names_of(each))


def offers_of(provider: Provider) -> list[Model]:
    """Return a provider's models with their prices, where these are known."""
    return [_offer(provider, name, is_first=number == 0) for number, name in enumerate(names_of(provider))]


def _offer(provider: Provider, name: str, *, is_first: bool) -> Model:
    override = provider.model_overrides.get(name)
    price = pricing.price_of(provider.kind, name, provider.base_url).overridden(override)
    return Model(
        provider_id=provider.id,
        provider_name=provider.name,
        kind=provider.kind,
        name=name,
        is_default=provider.is_default and is_first,
        grade=Grade.PRODUCTION,
        is_installed=True,
        context_window=price.context_window,
        input_usd_per_mtok=_number(price.input_usd_per_mtok),
        cached_input_usd_per_mtok=_number(price.cached_input_usd_per_mtok),
        output_usd_per_mtok=_number(price.output_usd_per_mtok),
        is_overridden=override is not None,
    )


def local_offer(model: LocalModel, *, is_default: bool, is_installed: bool) -> Model:
    """Return this machine's own model, whether it is here yet or not."""
    return Model(
        provider_id=LOCAL_ID,
        provider_name="This machine",
        kind=ProviderKind.LOCAL,
        name=model.name,
        is_default=is_default,
        grade=Grade.DEMONSTRATION,
        is_installed=is_installed,
        context_window=model.context_window,
        input_usd_per_mtok=0.0,
        cached_input_usd_per_mtok=0.0,
        output_usd_per_mtok=0.0,
        is_overridden=False,
    )


def scripted_offers() -> list[Model]:
    """Return the scripts that are built in."""
    return [
        Model(
            provider_id=SCRIPTED_ID,
            provider_name="Script",
            kind=ProviderKind.SCRIPTED,
            name=name,
            is_default=False,
            grade=Grade.TEST,
            is_installed=True,
            context_window=None,
            input_usd_per_mtok=0.0,
            cached_input_usd_per_mtok=0.0,
            output_usd_per_mtok=0.0,
            is_overridden=False,
        )
        for name in SCRIPTED_MODELS
    ]


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
