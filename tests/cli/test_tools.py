"""The commands of tools against a served installation."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene

PATHS: dict[str, Any] = {
    "/a": {"get": {"operationId": "listPets"}},
    "/b#": {"get": {"operationId": "odd"}},
    "/c": {"get": {}},
}


@pytest.fixture
async def olga(terminal: Terminal, scene: Scene) -> Terminal:
    said = await terminal("login", terminal.url, "--email", scene.cast.olga.email, given=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    return terminal


async def test_operations_are_shown_imported_and_updated(olga: Terminal, tmp_path: Path) -> None:
    document: dict[str, Any] = {"openapi": "3.0.3", "servers": [{"url": "https://api.example.com"}], "paths": PATHS}
    file = tmp_path / "openapi.json"
    file.write_bytes(orjson.dumps(document))

    shown = await olga("tools", "import", str(file))
    made = await olga("tools", "import", str(file), "--create", "listPets", "--prefix", "zoo_", "--bearer", "{{token}}")
    file.write_bytes(orjson.dumps({**document, "servers": [{"url": "https://api.example.com/v2"}]}))
    updated = await olga("tools", "import", "-", "--all", "--prefix", "zoo_", "--json", given=file.read_text())
    listed = await olga("tools", "list")

    assert (shown.code, "listPets" in shown.out) == (0, True), shown.err
    assert "Skipped GET /b#: its path holds a #" in shown.err
    assert (made.code, made.out) == (0, "Created zoo_listPets\n"), made.err
    assert updated.code == 1
    assert [each["name"] for each in orjson.loads(updated.out)["updated"]] == ["zoo_listPets"]
    assert [each["name"] for each in orjson.loads(updated.out)["created"]] == ["zoo_get_c"]
    assert "zoo_listPets" in listed.out


async def test_a_file_or_choice_that_cannot_be_used_is_named(olga: Terminal, tmp_path: Path) -> None:
    binary = tmp_path / "x.json"
    binary.write_bytes(b"\xff\xfe\x00")
    missing = await olga("tools", "import", str(tmp_path / "none.json"))
    wrong = await olga("tools", "import", str(binary))
    both = await olga("tools", "import", str(binary), "--all", "--create", "a")

    assert (missing.code, "cannot be read" in missing.err) == (2, True)
    assert (wrong.code, "is not UTF-8" in wrong.err) == (2, True)
    assert both.code == 2


async def test_calls_versions_and_users_of_a_tool_are_listed_and_a_version_is_restored(olga: Terminal, scene: Scene) -> None:
    await scene.agent("Noted.", name="Clerk", tools=("look_up",))
    tool = {each["name"]: each for each in (await scene.cast.vera.http.get("/tools")).json["items"]}["look_up"]
    changed = await scene.cast.anna.http.patch(f"/tools/{tool['id']}", json={"description": "Looks things up."})
    assert changed.status == 200, changed.text

    versions = orjson.loads((await olga("tools", "versions", "look_up", "--json")).out)
    restored = await olga("tools", "restore", "look_up", "1")
    listed = await olga("tools", "versions", tool["id"])
    users = await olga("tools", "used-by", "look_up")
    calls = await olga("tools", "calls", "look_up")
    odd = await olga("tools", "calls", "look_up", "--state", "lost")
    unknown = await olga("tools", "versions", "no_such_tool")

    assert [each["version"] for each in versions] == [2, 1]
    assert (restored.code, restored.out) == (0, "Restored version 1 of look_up as version 3.\n"), restored.err
    assert "Version 1 restored" in listed.out
    assert "Clerk" in users.out
    assert (calls.code, calls.out) == (0, "No calls.\n")
    assert (odd.code != 0, "state" in odd.err) == (True, True)
    assert (unknown.code, "no tool named" in unknown.err) == (2, True)


async def test_a_test_call_prints_its_output_or_its_error(olga: Terminal) -> None:
    worked = await olga("tools", "test", "calculator", '{"expression": "6 * 7"}')
    failed = await olga("tools", "test", "calculator", '{"expression": "1 / 0"}')
    read = await olga("tools", "test", "calculator", "-", "--json", given='{"expression": "2 + 2"}')
    wrong = await olga("tools", "test", "calculator", "[1]")
    broken = await olga("tools", "test", "calculator", "{")

    assert (worked.code, "42" in worked.out) == (0, True), worked.err
    assert (failed.code, failed.out, failed.err != "") == (1, "", True)
    assert orjson.loads(read.out)["ok"] is True
    assert (wrong.code, "JSON object" in wrong.err) == (2, True)
    assert (broken.code, "not valid JSON" in broken.err) == (2, True)


async def test_tool_is_kept_to_those_who_are_named_and_opened_again(olga: Terminal, scene: Scene) -> None:
    await scene.agent("Noted.", name="Clerk", tools=("look_up",))
    await scene.agent("Noted.", name="Other", tools=("look_up",))

    kept = await olga("tools", "allow", "look_up", "--agent", "Clerk")
    users = await olga("tools", "used-by", "look_up", "--json")
    neither = await olga("tools", "allow", "look_up")
    both = await olga("tools", "allow", "look_up", "--all", "--agent", "Clerk")
    unknown = await olga("tools", "allow", "look_up", "--team", "Nobody")
    opened = await olga("tools", "allow", "look_up", "--all")

    assert (kept.code, kept.out) == (0, "look_up may be used by the agent Clerk.\n"), kept.err
    assert {each["name"]: each["is_allowed"] for each in orjson.loads(users.out)} == {"Clerk": True, "Other": False}
    assert (neither.code, both.code, unknown.code) == (2, 2, 2)
    assert (opened.code, opened.out) == (0, "look_up may be used by all agents and workflows.\n"), opened.err
