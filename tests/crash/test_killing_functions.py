"""Workers die while an installed Python function works: a dangerous one is put to a person, not repeated."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.engine.ports import ToolPlan
from tests.crash.ground import Ground

_MODULE = '''
"""Functions that an operator wrote: they note that they were called, and work until a file exists."""

import asyncio
import time
from pathlib import Path

from retinue.tools.functions import CallContext, tool

FOLDER = Path({folder!r})


def _note(kind: str, context: CallContext) -> None:
    with (FOLDER / "calls").open("a") as calls:
        calls.write(f"{{kind}} {{context.idempotency_key}}\\n")


def pay(number: int, context: CallContext) -> int:
    """Pay, in a thread."""
    _note("pay", context)
    while not (FOLDER / "go").exists():
        time.sleep(0.02)
    return number


@tool(effect="idempotent")
async def book(number: int, context: CallContext) -> int:
    """Book, in the event loop."""
    _note("book", context)
    while not (FOLDER / "go").exists():
        await asyncio.sleep(0.02)
    return number
'''


@dataclass(frozen=True)
class _Installed:
    """The folder of a package of an operator, which has the functions ``killed_pay`` and ``killed_book``."""

    folder: Path

    @property
    def calls(self) -> list[list[str]]:
        """What was called, under which idempotency key."""
        file = self.folder / "calls"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    async def called(self, times: int) -> None:
        """Wait for so many calls."""
        async with asyncio.timeout(40):
            while len(self.calls) < times:
                await asyncio.sleep(0.02)

    def end(self) -> None:
        """Have the functions return."""
        (self.folder / "go").touch()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[_Installed]:
    """Install a package, as pip would: a module, and metadata with entry points. Workers inherit the path."""
    (tmp_path / "killed_tools.py").write_text(_MODULE.format(folder=str(tmp_path)))
    metadata = tmp_path / "killed_tools-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: killed-tools\nVersion: 1.0\n")
    entries = "".join(f"killed_{name} = killed_tools:{name}\n" for name in ("pay", "book"))
    (metadata / "entry_points.txt").write_text(f"[retinue.tools]\n{entries}")
    sys.path.insert(0, str(tmp_path))
    yield _Installed(tmp_path)
    sys.path.remove(str(tmp_path))


def _tool(ground: Ground, function: str, effect: str) -> ToolPlan:
    tool_id = new_id()
    configuration: JsonObject = {"function": f"killed_{function}"}
    schema: JsonObject = {"type": "object", "properties": {"number": {"type": "integer"}}}
    values = (tool_id, ground.organization_id, function, Jsonb(configuration), Jsonb(schema), effect)
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect)"
            " VALUES (%s, %s, %s, 'custom', %s, %s, %s)",
            values,
        )
    return ToolPlan(str(tool_id), function, "Pay.", "custom", schema, configuration, {}, effect, False, 60.0)


def _turns(name: str) -> list[JsonObject]:
    return [{"tool_calls": [{"name": name, "arguments": {"number": 7}}]}, {"text": "Done."}]


async def test_worker_killed_during_a_dangerous_function_asks_a_person(ground: Ground, installed: _Installed) -> None:
    first = await ground.worker()
    run_id = ground.start(_turns("pay"), [_tool(ground, "pay", "dangerous")])
    await installed.called(1)

    first.signal(signal.SIGKILL)
    installed.end()
    await ground.worker()

    assert await ground.status(run_id) == "waiting"
    assert ground.rows("SELECT waiting_reason FROM runs WHERE id = %s", run_id) == [("unknown_outcome",)]
    assert [name for name, _ in installed.calls] == ["pay"]


async def test_worker_killed_during_an_idempotent_function_calls_it_again_under_the_same_key(
    ground: Ground, installed: _Installed
) -> None:
    first = await ground.worker()
    run_id = ground.start(_turns("book"), [_tool(ground, "book", "idempotent")])
    await installed.called(1)

    first.signal(signal.SIGKILL)
    installed.end()
    await ground.worker()

    assert await ground.status(run_id) == "completed"
    assert [name for name, _ in installed.calls] == ["book", "book"]
    assert len({key for _, key in installed.calls}) == 1
    ground.check_record(run_id, steps=3)
