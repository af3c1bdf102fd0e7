"""Variables of the organization from the command line."""

import orjson

from tests.cast import Cast
from tests.cli.conftest import Terminal


async def test_variables_are_set_shown_rotated_and_deleted_from_the_command_line(adam: Terminal, cast: Cast) -> None:
    made = await adam("variables", "set", "region", "eu", "--description", "Where we sell", "--rotation-days", "30")
    changed = await adam("variables", "set", "region", "us", "--json")
    listed = await adam("variables", "list")
    shown = await adam("variables", "show", "region")
    kept = await adam("variables", "set", "region", "--rotation-days", "0", "--json")
    agent = {"name": "Seller", "instructions": "You sell in {{region}}."}
    await cast.anna.http.post("/agents", json=agent)
    refused = await adam("variables", "delete", "region")
    gone = await adam("variables", "show", "nothing")

    assert (made.code, "created" in made.out) == (0, True), made.err
    assert orjson.loads(changed.out)["value"] == "us"
    assert "region" in listed.out
    assert "us" in shown.out
    assert orjson.loads(kept.out)["rotation_days"] is None
    assert orjson.loads(kept.out)["value"] == "us"
    assert refused.code != 0
    assert "the agent Seller" in refused.err
    assert (gone.code, "There is no variable" in gone.err) == (2, True)
