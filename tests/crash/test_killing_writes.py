"""Workers die after any commit while a database or a file is written: a write is never made twice, and none is lost."""

import asyncio
import os
import sqlite3
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import RunId, new_id
from retinue.core.json import JsonObject
from retinue.engine.ports import ToolPlan
from tests.crash.ground import Ground


def _tool(ground: Ground, tool_type: str, configuration: JsonObject, arguments: JsonObject, effect: str) -> ToolPlan:
    tool_id = new_id()
    schema: JsonObject = {"type": "object", "properties": arguments}
    values = (tool_id, ground.organization_id, f"write_{tool_type}", tool_type, Jsonb(configuration), Jsonb(schema), effect)
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            values,
        )
    name = f"write_{tool_type}"
    return ToolPlan(str(tool_id), name, "Write.", tool_type, schema, configuration, {}, effect, False, 30.0)


def _turns(tool: ToolPlan, arguments: JsonObject) -> list[JsonObject]:
    return [{"tool_calls": [{"name": tool.name, "arguments": arguments}]}, {"text": "Done."}]


async def _killed_after(ground: Ground, folder: Path, commits: int, tool: ToolPlan, arguments: JsonObject) -> RunId:
    """Start a run whose worker dies after so many commits, and let another one go on; return the run when it rests."""
    environ = {"RETINUE_TOOL_FOLDERS": str(folder)}
    first = await ground.worker(**environ, RETINUE_CRASH_AFTER_COMMIT=str(commits))
    run_id = ground.start(_turns(tool, arguments), [tool])
    ended = asyncio.create_task(first.gone())
    over = asyncio.create_task(ground.status(run_id, "completed"))
    await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    await ground.worker(**environ)
    await ground.status(run_id)
    ended.cancel()
    return run_id


@pytest.mark.parametrize("commits", range(1, 6))
async def test_write_to_a_database_is_made_once_or_put_to_a_person(ground: Ground, tmp_path: Path, commits: int) -> None:
    file = tmp_path / "shop.sqlite"
    with sqlite3.connect(file) as shop:
        shop.execute("CREATE TABLE paid (number integer)")
    configuration: JsonObject = {
        "engine": "sqlite",
        "path": str(file),
        "statement": "INSERT INTO paid (number) VALUES (?)",
        "parameters": ["number"],
        "allow_writes": True,
    }
    tool = _tool(ground, "database", configuration, {"number": {"type": "integer"}}, "dangerous")

    run_id = await _killed_after(ground, tmp_path, commits, tool, {"number": 7})
    with sqlite3.connect(file) as shop:
        paid = shop.execute("SELECT number FROM paid").fetchall()
    ((status, reason),) = ground.rows("SELECT status, waiting_reason FROM runs WHERE id = %s", run_id)
    states = ground.rows("SELECT state FROM tool_calls WHERE run_id = %s", run_id)

    if status == "waiting":
        assert (reason, states) == ("unknown_outcome", [("unknown",)])
        assert len(paid) <= 1
    else:
        assert (status, states, paid) == ("completed", [("succeeded",)], [(7,)])


@pytest.mark.parametrize("commits", range(1, 6))
async def test_write_of_a_file_is_made_again_and_leaves_one_whole_file(ground: Ground, tmp_path: Path, commits: int) -> None:
    text = "line\n" * 1000
    configuration: JsonObject = {"store": "folder", "path": str(tmp_path), "allow_writes": True}
    properties: JsonObject = {name: {"type": "string"} for name in ("action", "path", "content")}
    tool = _tool(ground, "file", configuration, properties, "idempotent")

    run_id = await _killed_after(ground, tmp_path, commits, tool, {"action": "write", "path": "notes.txt", "content": text})
    states = ground.rows("SELECT state FROM tool_calls WHERE run_id = %s", run_id)

    assert (await ground.status(run_id), states) == ("completed", [("succeeded",)])
    assert os.listdir(tmp_path) == ["notes.txt"]  # noqa: PTH208 - no coroutine may walk a Path
    assert (tmp_path / "notes.txt").read_text() == text
