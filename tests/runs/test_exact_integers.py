"""Integers of up to 1,000 digits are exact from the request to the answer, the storage and the model."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.core.json import INTEGER_DIGITS, IntegerTooLongError, dumps, loads
from retinue.engine.spec.schemas import argument_problems
from tests.runs.scene import Scene

INTEGERS = st.integers() | st.integers(-(10**INTEGER_DIGITS) + 1, 10**INTEGER_DIGITS - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20) | st.from_regex(
    r"[0-9]{15,30}", fullmatch=True
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_a_document_is_read_as_it_was_written(document: Any) -> None:
    written = dumps(document)

    assert loads(written) == document == json.loads(written)
    assert json.dumps(loads(written)) == json.dumps(document)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '"\\ud800"', "01", "[1,]", "0" * 20, "1e400"])
def test_a_long_integer_beside_it_makes_no_invalid_document_valid(text: str) -> None:
    for document in (text, f"[{10**30},{text}]"):
        with pytest.raises(ValueError, match=r".+"):
            loads(document)


def test_an_integer_of_too_many_digits_is_refused() -> None:
    with pytest.raises(IntegerTooLongError):
        loads("1" * (INTEGER_DIGITS + 1))
    with pytest.raises(TypeError):
        dumps(10**INTEGER_DIGITS)


@pytest.mark.parametrize(("value", "fits"), [(10**400, True), (10**400 + 1, False), (0.3, False), (4, True)])
def test_a_multiple_is_checked_exactly(value: float, *, fits: bool) -> None:
    schema: Any = {"type": "object", "properties": {"n": {"type": "number", "multipleOf": 2.0}}}

    assert (argument_problems(schema, {"n": value}) == ()) is fits


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
async def test_a_run_keeps_the_numbers_of_its_input(scene: Scene, document: Any) -> None:
    agent = await scene.agent("Done.", name=f"Agent {uuid4()}")
    body = {"type": "agent", "target_id": agent, "input": {"prompt": "Go", "n": [document], "big": 10**30}}

    started = await scene.cast.anna.http.post("/runs", json=body)

    assert started.status == 202, started.text
    shown = (await scene.cast.anna.http.get(f"/runs/{started.json['id']}")).json
    assert shown["input"]["big"] == 10**30
    assert _integers(shown["input"]["n"]) >= _integers(document)


def _integers(value: Any) -> set[str]:
    """Return the integers in a document as they are written."""
    found: set[str] = set()
    json.loads(json.dumps(value), parse_int=found.add)
    return found


async def test_an_integer_that_is_too_long_is_refused_by_field(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    text = f'{{"type":"agent","target_id":"{agent}","input":{{"prompt":"Go","deep":[1,{{"n":{"9" * 1001}}}]}}}}'

    refused = await scene.cast.anna.http.post("/runs", data=text, headers={"Content-Type": "application/json"})

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, ["input.deep.1.n"])


async def test_arguments_and_results_are_exact_in_approval_step_and_history(played: Scene) -> None:
    arguments = {"id": 2512292042121000001, "huge": 10**40}
    seen: list[Any] = []

    def act(given: Any) -> Any:
        seen.append(given)
        return {"sum": 2**70}

    tool = {"name": "act", "tool_type": "api", "configuration": {"method": "GET", "url": "https://tools.example.com/"}}
    assert (await played.cast.adam.http.post("/tools", json=tool | {"effect": "read_only"})).status == 201
    played.tools["act"] = act
    call = {"name": "act", "arguments": arguments}
    agent = await played.agent({"tool_calls": [call]}, "Done.", tools=("act:approval",))
    run = await played.started(agent)
    await played.until(run, "waiting")
    http = played.cast.anna.http
    (approval,) = (await http.get(f"/runs/{run}/approvals")).json["items"]
    await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    await played.until(run)

    text = (await http.get(f"/runs/{run}/steps")).text
    assert approval["arguments"] == arguments
    assert seen == [arguments]
    assert str(2**70) in text
    assert str(10**40) in text
    assert "e+21" not in text
