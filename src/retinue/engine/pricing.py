"""What a model call costs.

Prices come from the data inside the package ``genai-prices`` (https://github.com/pydantic/genai-prices); nothing is
fetched. A model that is not in it has no known price: None, never zero. Models that run on this installation's own machine,
and scripts, cost nothing, and that is known.
"""

import asyncio
import sys
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from retinue.engine.ports import ModelOverride, ModelSpec, Usage

if TYPE_CHECKING:
    from genai_prices import Usage as Counted
    from genai_prices import types as price_types

_MILLION = Decimal(1_000_000)
_FREE_KINDS = frozenset({"local", "scripted", "ollama"})
_HOSTED_BY_OLLAMA = "cloud"
"""How the names of models end that an Ollama server hands on to ollama.com, which asks money for them."""
_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "google": "google"}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens and the context length in tokens, where these are known."""

    input_usd_per_mtok: Decimal | None
    cached_input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    context_window: int | None

    def overridden(self, override: ModelOverride | None) -> "Price":
        """Return the price with the values that an organization sets; cached input costs as other input unless set."""
        if override is None:
            return self
        given = {name: value for name, value in asdict(override).items() if value is not None}
        if "input_usd_per_mtok" in given:
            given.setdefault("cached_input_usd_per_mtok", given["input_usd_per_mtok"])
        return replace(self, **given)


def cost_text(cost_usd: Decimal) -> str:
    """Write a cost as it is stored and sent: a decimal in full, without an exponent or trailing zeros."""
    return format(cost_usd.normalize(), "f")


async def load_prices() -> None:
    """Read the price list (most of a second, 13 MB) off the event loop; may be repeated at no cost."""
    if "genai_prices" not in sys.modules:
        await asyncio.to_thread(price_of, "openai", "gpt-4o")


async def price_call(model: ModelSpec, usage: Usage) -> Usage:
    """As ``priced``, reading the price list off the event loop the first time."""
    if not is_free(model.kind, model.name):
        await load_prices()
    return priced(model, usage)


def priced(model: ModelSpec, usage: Usage) -> Usage:
    """Return the usage with its cost, or unchanged when the model's price is unknown.

    Prices that the organization sets come before those of the list.
    """
    if model.override is not None and _has_price(model.override):
        cost = _cost_at(price_of(model.kind, model.name, model.base_url).overridden(model.override), usage)
    else:
        cost = cost_of(model.kind, model.name, usage, model.base_url)
    return usage if cost is None else replace(usage, cost_usd=cost)


def is_free(kind: str, model: str) -> bool:
    """Tell whether a model runs on a machine of your own, so that a call is known to cost nothing."""
    return kind in _FREE_KINDS and not (kind == "ollama" and model.endswith(_HOSTED_BY_OLLAMA))


def cost_of(kind: str, model: str, usage: Usage, base_url: str | None = None) -> Decimal | None:
    """Return the cost of a call in US dollars; None when the price is not known.

    A server that is only compatible with OpenAI's is known by ``base_url``: the same model costs something else at each
    host, and nothing is known about a host that is not in the list.
    """
    if is_free(kind, model):
        return Decimal(0)
    if _found(kind, model, base_url) is None:
        return None
    from genai_prices import Usage as Counted  # noqa: PLC0415 - its data is large; only who prices calls pays for it

    counted = Counted(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_input_tokens, usage.input_tokens),
    )
    found = _calculate(kind, model, base_url, counted)
    return None if found is None else found.total_price


@cache
def price_of(kind: str, model: str, base_url: str | None = None) -> Price:
    """Return a model's list price; unknown parts are None."""
    if is_free(kind, model):
        return Price(Decimal(0), Decimal(0), Decimal(0), None)
    found = _found(kind, model, base_url)
    if found is None:
        return Price(None, None, None, None)
    # Prices may step up with the length of the input; the list price is that of a short one.
    of_input = cost_of(kind, model, Usage(1000, 0), base_url)
    of_cached = cost_of(kind, model, Usage(1000, 0, 1000), base_url)
    of_output = cost_of(kind, model, Usage(0, 1000), base_url)
    return Price(_per_million(of_input), _per_million(of_cached), _per_million(of_output), found.context_window)


def _has_price(override: ModelOverride) -> bool:
    prices = (override.input_usd_per_mtok, override.cached_input_usd_per_mtok, override.output_usd_per_mtok)
    return any(price is not None for price in prices)


def _cost_at(price: Price, usage: Usage) -> Decimal | None:
    if price.input_usd_per_mtok is None or price.output_usd_per_mtok is None:
        return None
    cached = min(usage.cached_input_tokens, usage.input_tokens)
    of_cached = price.input_usd_per_mtok if price.cached_input_usd_per_mtok is None else price.cached_input_usd_per_mtok
    of_input = price.input_usd_per_mtok * (usage.input_tokens - cached) + of_cached * cached
    return (of_input + price.output_usd_per_mtok * usage.output_tokens) / _MILLION


def _per_million(cost_of_thousand: Decimal | None) -> Decimal | None:
    return None if cost_of_thousand is None else cost_of_thousand * 1000


@cache
def _found(kind: str, model: str, base_url: str | None) -> "price_types.ModelInfo | None":
    from genai_prices import Usage as Counted  # noqa: PLC0415 - its data is large; only who prices calls pays for it

    found = _calculate(kind, model, base_url, Counted(input_tokens=1, output_tokens=1))
    return None if found is None else found.model


def _calculate(kind: str, model: str, base_url: str | None, counted: "Counted") -> "price_types.PriceCalculation | None":
    from genai_prices import calc_price  # noqa: PLC0415 - its data is large; only who prices calls pays for it

    provider = _PROVIDERS.get(kind)
    if provider is None and base_url is None:
        return None
    try:
        if provider is not None:
            return calc_price(counted, model_ref=model, provider_id=provider)
        return calc_price(counted, model_ref=model, provider_api_url=base_url)
    except (LookupError, ValueError):
        return None
