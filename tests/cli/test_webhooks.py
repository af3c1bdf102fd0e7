"""Webhooks from the command line: created, tested, listed and removed."""

import orjson

from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


async def test_webhooks_are_created_tested_and_removed_from_the_command_line(anna: Terminal, scene: Scene) -> None:
    await scene.agent("Done.", name="Reporter")

    made = await anna("webhooks", "add", "Billing", "http://127.0.0.1:9/x", "--events", "run.failed", "--agent", "Reporter")
    wrong = await anna("webhooks", "add", "Other", "ftp://example.com/")
    listed = await anna("webhooks", "list")
    told = await anna("webhooks", "list", "--json")
    tested = await anna("webhooks", "test", "Billing")
    sent = await anna("webhooks", "deliveries", "Billing")
    unknown = await anna("webhooks", "redeliver", "one")
    enabled = await anna("webhooks", "enable", "Billing")
    removed = await anna("webhooks", "remove", "Billing")
    missing = await anna("webhooks", "remove", "Billing")

    assert "Signing secret, shown once: whsec_" in made.out, made.err
    assert (wrong.code, "url is not a URL" in wrong.err) == (2, True), wrong.err
    assert "Billing (active) http://127.0.0.1:9/x run.failed for Reporter" in listed.out
    assert [each["name"] for each in orjson.loads(told.out)] == ["Billing"]
    assert (tested.code, "cannot be reached" in tested.out) == (1, True), tested.err
    assert (sent.code, sent.out) == (0, ""), sent.err
    assert (unknown.code, "is no id of a delivery" in unknown.err) == (2, True)
    assert enabled.out == "Billing is active.\n", enabled.err
    assert removed.out == "Billing is deleted.\n", removed.err
    assert (missing.code, "There is no one webhook named 'Billing'" in missing.err) == (2, True)
