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
