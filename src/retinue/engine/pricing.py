"""What a model call costs.

Prices come from the data inside the package ``genai-prices`` (https://github.com/pydantic/genai-prices); nothing is
fetched. A model that is not in it has no known price: None, never zero. Models that run on this installation's own machine,
and scripts, cost nothing, and that is known.
"""

import asyncio
import sys
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from retinue.engine.ports import Usage

if TYPE_CHECKING:
    from genai_prices import types as price_types

FREE_KINDS = frozenset({"local", "scripted", "ollama"})
_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "google": "google"}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, and the length of text that the model can read, where these are known."""

    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    context_window: int | None


async def price_call(kind: str, model: str, usage: Usage) -> Usage:
    """As ``priced``, reading the price list (most of a second) off the event loop the first time."""
    if kind not in FREE_KINDS and "genai_prices" not in sys.modules:
        await asyncio.to_thread(price_of, kind, model)
    return priced(kind, model, usage)


def priced(kind: str, model: str, usage: Usage) -> Usage:
    """Return the usage with its cost, or as it was when the model's price is not known."""
    cost = cost_of(kind, model, usage)
    return usage if cost is None else Usage(usage.input_tokens, usage.output_tokens, usage.cached_input_tokens, cost)


def cost_of(kind: str, model: str, usage: Usage) -> Decimal | None:
    """Return the cost of a call in US dollars; None when the price is not known."""
    if kind in FREE_KINDS:
        return Decimal(0)
    if _found(kind, model) is None:
        return None
    from genai_prices import Usage as Counted  # noqa: PLC0415 - its data is large; only who prices calls pays for it
    from genai_prices import calc_price  # noqa: PLC0415 - as above

    counted = Counted(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_input_tokens, usage.input_tokens),
    )
    try:
        return calc_price(counted, model_ref=model, provider_id=_PROVIDERS.get(kind)).total_price
    except LookupError:
        return None


@cache
def price_of(kind: str, model: str) -> Price:
    """Return a model's list price; unknown parts are None."""
    if kind in FREE_KINDS:
        return Price(Decimal(0), Decimal(0), None)
    found = _found(kind, model)
    if found is None:
        return Price(None, None, None)
    # Prices may step up with the length of the input; the list price is that of a short one.
    of_input, of_output = cost_of(kind, model, Usage(1000, 0)), cost_of(kind, model, Usage(0, 1000))
    return Price(_per_million(of_input), _per_million(of_output), found.context_window)


def _per_million(cost_of_thousand: Decimal | None) -> Decimal | None:
    return None if cost_of_thousand is None else cost_of_thousand * 1000


@cache
def _found(kind: str, model: str) -> "price_types.ModelInfo | None":
    from genai_prices import Usage as Counted  # noqa: PLC0415 - its data is large; only who prices calls pays for it
    from genai_prices import calc_price  # noqa: PLC0415 - as above

    try:
        return calc_price(Counted(input_tokens=1, output_tokens=1), model_ref=model, provider_id=_PROVIDERS.get(kind)).model
    except LookupError:
        return None
