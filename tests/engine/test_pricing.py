"""What calls cost: known prices by the list, unknown ones unknown, and never zero for not knowing."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.engine.ports import ModelOverride, ModelSpec, Usage
from retinue.engine.pricing import cost_of, is_free, price_of, priced

GPT = ("openai", "gpt-4o")
TOKENS = st.integers(0, 10_000_000)


def test_a_known_model_costs_what_its_price_list_says() -> None:
    assert cost_of(*GPT, Usage(1_000_000, 0)) == Decimal("2.5")
    assert cost_of(*GPT, Usage(0, 1_000_000)) == Decimal(10)
    price = price_of(*GPT)
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (Decimal("2.5"), Decimal(10))
    assert price.context_window == 128_000


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929"])
def test_a_dated_name_is_the_same_model(model: str) -> None:
    assert price_of("anthropic", model) == price_of("anthropic", "claude-sonnet-4-5")
    assert price_of("anthropic", model).input_usd_per_mtok == 3


@pytest.mark.parametrize(
    ("kind", "model", "base_url"),
    [
        ("openai", "gpt-99-not-yet", None),
        ("anthropic", "", None),
        ("google", "someone-elses-model", None),
        ("openai_compatible", "gpt-4o", None),
        ("openai_compatible", "gpt-4o", "http://127.0.0.1:8000/v1"),
        ("openai_compatible", "gpt-4o", "https://gateway.example/v1"),
        ("openai_compatible", "no-such-model", "https://api.groq.com/openai/v1"),
    ],
)
def test_what_is_not_known_is_unknown_and_not_zero(kind: str, model: str, base_url: str | None) -> None:
    usage = Usage(1000, 1000)

    assert cost_of(kind, model, usage, base_url) is None
    assert priced(ModelSpec("p", kind, model, base_url, {}), usage) == usage
    assert price_of(kind, model, base_url).input_usd_per_mtok is None


def test_a_compatible_host_in_the_list_is_known_by_its_address() -> None:
    groq = cost_of("openai_compatible", "llama-3.3-70b-versatile", Usage(1_000_000, 0), "https://api.groq.com/openai/v1")

    assert groq == Decimal("0.59")


def test_a_model_of_one_s_own_costs_nothing_and_one_that_is_only_handed_on_is_unknown() -> None:
    assert all(cost_of(kind, "any", Usage(9, 9)) == 0 for kind in ("local", "scripted", "ollama"))
    assert is_free("ollama", "llama3.2")
    assert cost_of("ollama", "gpt-oss:120b-cloud", Usage(9, 9)) is None


def test_tokens_from_the_provider_s_cache_cost_less() -> None:
    fresh, cached = cost_of(*GPT, Usage(10_000, 0)), cost_of(*GPT, Usage(10_000, 0, 10_000))

    assert fresh is not None
    assert cached is not None
    assert 0 < cached < fresh


@given(TOKENS, TOKENS, TOKENS)
def test_cost_grows_with_tokens_and_is_exact(asked: int, answered: int, cached: int) -> None:
    usage = Usage(asked, answered, cached)
    cost, more = cost_of(*GPT, usage), cost_of(*GPT, Usage(asked + 1, answered + 1, cached))

    assert isinstance(cost, Decimal)
    assert more is not None
    assert 0 <= cost < more
    assert priced(ModelSpec("p", *GPT, None, {}), usage) == Usage(asked, answered, cached, cost)


@given(st.lists(st.tuples(TOKENS, TOKENS), max_size=10))
def test_the_sum_of_calls_is_the_cost_of_their_sum(calls: list[tuple[int, int]]) -> None:
    costs = [cost_of(*GPT, Usage(*call)) for call in calls]
    whole = cost_of(*GPT, Usage(sum(call[0] for call in calls), sum(call[1] for call in calls)))

    assert sum((each for each in costs if each is not None), Decimal(0)) == whole


def test_the_list_is_not_read_for_models_that_are_free() -> None:
    script = (
        "import asyncio, sys\n"
        "from retinue.engine.ports import ModelSpec, Usage\n"
        "from retinue.engine.pricing import price_call\n"
        "def show(kind, name, tokens):\n"
        "    cost = asyncio.run(price_call(ModelSpec('p', kind, name, None, {}), Usage(tokens, 0))).cost_usd\n"
        "    print(cost, 'genai_prices' in sys.modules)\n"
        "show('local', 'x', 1)\n"
        "show('openai', 'gpt-4o', 1000)\n"
    )

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert found.stdout.split() == ["0", "False", "0.0025", "True"]


def _cost(override: ModelOverride, usage: Usage, kind: str = "openai_compatible", model: str = "ours") -> Decimal | None:
    url = "http://models.example/v1" if kind == "openai_compatible" else None
    return priced(ModelSpec("p", kind, model, url, {}, override), usage).cost_usd


def test_prices_set_by_the_organization_are_used_for_a_model_without_a_list_price() -> None:
    override = ModelOverride(Decimal("0.1"), Decimal("0.01"), Decimal("0.4"))

    assert _cost(override, Usage(1_000_000, 500_000, 400_000)) == Decimal("0.1") * 6 / 10 + Decimal("0.004") + Decimal("0.2")


def test_cached_input_costs_as_other_input_when_only_that_is_set() -> None:
    override = ModelOverride(input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(2))

    assert _cost(override, Usage(1_000_000, 0, 1_000_000)) == 1


def test_a_price_that_is_not_set_is_that_of_the_list() -> None:
    assert _cost(ModelOverride(output_usd_per_mtok=Decimal(1)), Usage(1_000_000, 1_000_000), *GPT) == Decimal("3.5")
    assert _cost(ModelOverride(input_usd_per_mtok=Decimal(1)), Usage(1, 1)) is None, "the output has no price"


def test_a_context_length_alone_changes_no_price() -> None:
    assert _cost(ModelOverride(context_window=9), Usage(1_000_000, 0), *GPT) == Decimal("2.5")
    assert price_of(*GPT).overridden(ModelOverride(context_window=9)).context_window == 9


def test_a_set_price_applies_to_a_model_that_is_free_otherwise() -> None:
    override = ModelOverride(input_usd_per_mtok=Decimal(3))

    assert _cost(override, Usage(1_000_000, 0), "ollama", "llama3.2") == 3
