"""Tools of type custom that are Python functions which the operator installed: found, described, called, limited."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.tools.conftest import try_tool

_MODULE = '''
"""Tools that an operator wrote."""

import asyncio
import datetime
import threading
from typing import Annotated

from pydantic import Field

from retinue.tools.functions import CallContext, ToolError, tool

HELD = threading.Event()
CALLS = []


@tool(effect="read_only")
def add_days(day: datetime.date, days: Annotated[int, Field(ge=0, le=1000)] = 1) -> datetime.date:
    """Add days to a date.

    Args:
        day: The date to begin with.
    """
    return day + datetime.timedelta(days=days)


@tool(effect="idempotent")
async def whoami(context: CallContext, note: str = "") -> dict:
    """Say who calls."""
    await asyncio.sleep(0)
    return {"organization": context.organization_id, "key": context.idempotency_key, "note": note}


def pay(amount: float) -> str:
    """Pay an amount."""
    CALLS.append(amount)
    if amount < 0:
        raise ToolError("The amount must be positive.")
    if amount == 13:
        raise RuntimeError("db password is hunter2")
    if amount == 99:
        HELD.wait(30)
    return f"paid {amount}"


def odd(*amounts: int) -> int:
    """Cannot be described."""
    return sum(amounts)


@tool(effect="read_only")
def strange() -> object:
    """Give back what is not JSON."""
    return object()
'''
_NAMES = ("add_days", "whoami", "pay", "odd", "strange")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Install a package that offers functions, as pip would: a module, and metadata with entry points."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "operator_tools.py").write_text(_MODULE)
    metadata = folder / "operator_tools-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: operator-tools\nVersion: 1.2\n")
    entries = "".join(f"op_{name} = operator_tools:{name}\n" for name in _NAMES)
    (metadata / "entry_points.txt").write_text(f"[retinue.tools]\n{entries}op_gone = operator_tools:gone\n")
    sys.path.insert(0, str(folder))
    yield __import__("operator_tools")
    sys.path.remove(str(folder))


async def _make(cast: Cast, name: str, **fields: Any) -> dict[str, Any]:
    body = {"name": name, "tool_type": "custom", "configuration": {"function": f"op_{name}"}, **fields}
    response = await cast.anna.http.post("/tools", json=body)
    assert response.status == 201, response.text
    return response.json


@pytest.mark.usefixtures("installed")
async def test_installed_functions_are_listed_with_schema_effect_and_package(cast: Cast) -> None:
    found = {each["name"]: each for each in (await cast.vera.http.get("/tools/functions")).json}

    add = found["op_add_days"]
    assert (add["description"], add["effect"], add["package"], add["is_async"], add["error"]) == (
        "Add days to a date.",
        "read_only",
        "operator-tools 1.2",
        False,
        None,
    )
    assert add["parameters_schema"] == {
        "type": "object",
        "properties": {
            "day": {"type": "string", "format": "date", "description": "The date to begin with."},
            "days": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 1},
        },
        "required": ["day"],
        "additionalProperties": False,
    }
    assert found["op_whoami"]["is_async"] is True
    assert list(found["op_whoami"]["parameters_schema"]["properties"]) == ["note"]
    assert found["op_pay"]["effect"] == "dangerous"  # it declares none
    assert "amounts" in found["op_odd"]["error"]
    assert "gone" in found["op_gone"]["error"]


@pytest.mark.usefixtures("installed")
async def test_a_function_is_called_with_values_of_its_types(cast: Cast) -> None:
    tool = await _make(cast, "add_days")

    good = await try_tool(cast.anna, tool["id"], {"day": "2026-02-27", "days": 2})
    bad = await try_tool(cast.anna, tool["id"], {"day": "2026-02-30"})
    worse = await try_tool(cast.anna, tool["id"], {"day": "2026-02-27", "days": 5000})

    assert good["output"] == "2026-03-01"
    assert bad["error"].startswith("The arguments do not fit: day: ")
    assert "days" in worse["error"]


@pytest.mark.usefixtures("installed")
async def test_a_coroutine_function_learns_who_calls_and_a_fixed_secret_does_not_come_back(cast: Cast) -> None:
    tool = await _make(cast, "whoami")
    variables = [{"name": "token", "value": "s3cret-token", "is_secret": True}]
    agent = await make_agent(cast.anna, variables=variables)

    result = await try_tool(cast.anna, tool["id"], {}, settings={"arguments": {"note": "{{token}}"}}, agent_id=agent["id"])

    assert result["output"]["organization"] == str(cast.acme)
    assert result["output"]["key"].startswith("test:")
    assert result["output"]["note"] == "[secret]"


async def test_failures_are_told_and_nothing_of_a_traceback_leaves(cast: Cast, installed: Any) -> None:
    tool = await _make(cast, "pay")
    strange = await _make(cast, "strange")

    refused = await try_tool(cast.anna, tool["id"], {"amount": -1})
    broken = await try_tool(cast.anna, tool["id"], {"amount": 13})
    no_json = await try_tool(cast.anna, strange["id"], {})

    assert refused["error"] == "The amount must be positive."
    assert "hunter2" not in str(broken)
    assert broken["error"].startswith("The tool failed for a reason of its own")
    assert "not JSON" in no_json["error"]
    assert installed.CALLS[-2:] == [-1, 13]


async def test_a_function_that_hangs_holds_nobody_else_up(cast: Cast, installed: Any) -> None:
    tool = await _make(cast, "pay")
    hanging = [asyncio.create_task(try_tool(cast.anna, tool["id"], {"amount": 99})) for _ in range(8)]

    async with asyncio.timeout(20):
        while installed.CALLS.count(99) < 8:
            await asyncio.sleep(0.02)
        other = await try_tool(cast.anna, tool["id"], {"amount": 5})
    installed.HELD.set()
    results = await asyncio.gather(*hanging)

    assert other["output"] == "paid 5.0"
    assert {each["output"] for each in results} == {"paid 99.0"}
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "tool-function")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("function", "fields", "field", "word"),
    [
        ("op_pay", {"effect": "read_only"}, "effect", "declared dangerous"),
        ("op_odd", {}, "configuration.function", "cannot be loaded"),
        ("op_none", {}, "configuration.function", "not installed"),
        ("op_add_days", {"parameters_schema": {"type": "object", "properties": {}}}, "parameters_schema.required", "day"),
    ],
)
async def test_a_tool_that_does_not_fit_its_function_is_refused(
    cast: Cast, function: str, fields: dict[str, Any], field: str, word: str
) -> None:
    body = {"name": "op", "tool_type": "custom", "configuration": {"function": function}, **fields}
    response = await cast.anna.http.post("/tools", json=body)

    assert response.status == 422
    assert (response.json["errors"][0]["field"], word in response.json["errors"][0]["message"]) == (field, True)
