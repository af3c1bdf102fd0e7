"""Teams from the command line: made, listed, shown, run, asked which member would answer, deleted."""

import orjson

from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


async def test_team_is_made_run_and_deleted_from_the_command_line(anna: Terminal, played: Scene) -> None:
    await played.agent("Found three.", name="Finder")
    await played.agent("Written.", name="Writer")

    made = await anna(
        *("teams", "create", "Desk", "--type", "collaborate"),
        *("--member", "finder=Looks things up", "--member", "Writer", "--json"),
    )
    listed = await anna("teams", "list")
    shown = await anna("teams", "show", "desk")
    said = await anna("teams", "run", "Desk", "What is it?")
    refused = await anna("teams", "preview", "Desk", "Who?")
    deleted = await anna("teams", "delete", "Desk")
    gone = await anna("teams", "show", "Desk")

    assert made.code == 0, made.err
    assert [each["role"] for each in orjson.loads(made.out)["members"]] == ["Looks things up", ""]
    assert "Finder, Writer" in listed.out
    assert "Looks things up" in shown.out
    assert said.code == 0, said.err
    assert "→ Finder begins" in said.err
    assert (refused.code, "type route" in refused.err) == (2, True)
    assert deleted.code == 0, deleted.err
    assert (gone.code, "There is no team" in gone.err) == (2, True)
