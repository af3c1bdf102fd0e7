"""A plan is stored and read back as it was; budgets count and refuse."""

import dataclasses
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.budget import Budget
from retinue.engine.errors import CostLimitError, PlanInvalidError, StepLimitError, ToolCallLimitError
from retinue.engine.plan import ExternalPlan, read_external_plan, read_plan, write_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan, Usage
from retinue.engine.records import Totals
from retinue.engine.spec.agent import Limits

_ASKER = UUID(int=1)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_json: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(_texts, _json, max_size=3)
_tools = st.builds(
    ToolPlan,
    tool_id=_texts,
    name=_texts,
    description=_texts,
    tool_type=_texts,
    parameters=_objects,
    configuration=_objects,
    settings=_objects,
    effect=st.sampled_from(["read_only", "idempotent", "dangerous"]),
    requires_approval=st.booleans(),
    timeout_seconds=st.floats(1, 3600),
)
_plans = st.builds(
    AgentPlan,
    agent_id=_texts,
    agent_version=st.integers(1, 1000),
    name=_texts,
    instructions=_texts,
    model=st.builds(ModelSpec, _texts, _texts, _texts, st.none() | _texts, _objects),
    tools=st.lists(_tools, max_size=3).map(tuple),
    limits=st.sampled_from([dict[str, Json](), {"max_steps": 3}]),
    memory=st.just(dict[str, Json]()),
    variables=st.dictionaries(_texts, _texts, max_size=3),
    secret_names=st.lists(_texts, max_size=3).map(tuple),
)


@given(plan=_plans)
def test_plan_is_read_back_as_it_was_written(plan: AgentPlan) -> None:
    assert read_plan(dumps(write_plan(plan)).decode()).agent == plan


def test_tool_is_written_without_the_later_fields_that_it_does_not_use() -> None:
    """A worker of an earlier version reads plans with plain tools, during an upgrade."""
    first = [each for each in dataclasses.fields(ToolPlan) if {each.default, each.default_factory} == {dataclasses.MISSING}]
    tool = ToolPlan("t", "add", "", "api", {}, {}, {}, "read_only", requires_approval=False, timeout_seconds=1.0)
    model = ModelSpec("p", "scripted", "script", None, {})

    written = write_plan(AgentPlan("a", 1, "n", "", model, (tool,), {}, {}))
    with_later = write_plan(AgentPlan("a", 1, "n", "", model, (dataclasses.replace(tool, is_connected=True),), {}, {}))

    assert [set(each) for each in _tools_of(written)] == [{each.name for each in first}]
    assert [each["is_connected"] for each in _tools_of(with_later)] == [True]


def _tools_of(plan: JsonObject) -> list[JsonObject]:
    return cast("list[JsonObject]", plan["tools"])


def test_external_plan_is_read_back_as_it_was_written() -> None:
    plan = ExternalPlan("a", 1, "n", "https://example.com", {})

    assert read_external_plan(dumps(write_plan(plan)).decode()) == plan


@pytest.mark.parametrize(
    "text", ["{}", '{"format":2,"kind":"agent"}', '{"format":1,"kind":"team"}', '{"format":1,"kind":"agent"}']
)
def test_plan_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(PlanInvalidError):
        read_plan(text)


def test_budget_refuses_the_step_past_the_limit() -> None:
    budget = Budget(Limits(max_steps=2), Totals(steps=1), {})
    budget.begin_model_call()

    with pytest.raises(StepLimitError):
        budget.begin_model_call()


def test_budget_refuses_a_call_once_the_cost_is_reached() -> None:
    budget = Budget(Limits(max_cost_usd=Decimal("0.01")), Totals(), {})
    budget.charge(Usage(1, 1, 0, Decimal("0.01")))

    with pytest.raises(CostLimitError):
        budget.begin_model_call()


def test_budget_answers_all_siblings_alike() -> None:
    budget = Budget(Limits(max_tool_calls=3), Totals(tool_calls=1), {})

    for _ in range(3):
        with pytest.raises(ToolCallLimitError):
            budget.admit_calls(_ASKER, 3)
    budget.admit_calls(UUID(int=2), 2)


def test_budget_does_not_count_finished_siblings_twice() -> None:
    budget = Budget(Limits(max_tool_calls=3), Totals(tool_calls=2), {_ASKER: 2})

    budget.admit_calls(_ASKER, 3)


def test_cost_is_none_known_partial_or_unknown() -> None:
    budget = Budget(Limits(), Totals(), {})
    seen = [budget.totals()]
    for cost in (Decimal("0.50"), None):
        budget.charge(Usage(1, 1, 0, cost))
        seen.append(budget.totals())
    unpriced = Budget(Limits(), Totals(), {})
    unpriced.charge(Usage(1, 1))
    seen.append(unpriced.totals())

    assert [(each.cost_state, each.cost_usd) for each in seen] == [
        ("none", "0"),
        ("known", "0.5"),
        ("partial", "0.5"),
        ("unknown", "0"),
    ]


def test_limit_of_cost_counts_what_is_known_beside_an_unknown_price() -> None:
    used = Totals(cost_usd="0.02", priced_calls=1, unpriced_calls=1)

    with pytest.raises(CostLimitError):
        Budget(Limits(max_cost_usd=Decimal("0.01")), used, {}).begin_model_call()
