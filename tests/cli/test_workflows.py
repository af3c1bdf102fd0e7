"""Workflows from the command line: checked, saved, published, run, paused, exported, deleted."""

import asyncio
import os
from pathlib import Path

import orjson

from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


def _definition(word: str) -> bytes:
    return orjson.dumps(
        {
            "format": "retinue.workflow/1",
            "name": "Desk",
            "state": {"text": {}},
            "nodes": [
                {"id": "ask", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Go."}},
                {"id": "say", "type": "transform", "set": {"text": f"{word} + input['name']"}},
            ],
            "edges": [{"from": "START", "to": "ask"}, {"from": "ask", "to": "say"}, {"from": "say", "to": "END"}],
        }
    )


async def test_workflow_is_saved_published_run_and_deleted_from_the_command_line(
    anna: Terminal, played: Scene, tmp_path: Path
) -> None:
    await played.agent("Found.", name="Scout")
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    right.write_bytes(_definition("'Hello '"))
    wrong.write_bytes(_definition("helo"))

    refused = await anna("workflows", "validate", str(wrong))
    checked = await anna("workflows", "validate", str(right))
    saved = await anna("workflows", "save", str(right), "--publish", "--json")
    ran = await anna("workflows", "run", "desk", "--input", '{"name": "Vera"}')
    not_json = await anna("workflows", "run", "desk", "--input", "Vera")
    paused = await anna("workflows", "pause", "Desk")
    held = await anna("workflows", "run", "Desk")
    exported = await anna("workflows", "export", "Desk")
    program = await anna("workflows", "export", "Desk", "--python")
    strict = await anna("workflows", "export", "Desk", "--python", "--strict")
    shown = await anna("workflows", "show", "Desk")
    listed = await anna("workflows", "list")
    deleted = await anna("workflows", "delete", "Desk")
    gone = await anna("workflows", "show", "Desk")

    assert refused.code == 1, refused.err
    assert "error: /nodes/1/set/text:1:1: Nothing here is called helo." in refused.out
    assert (checked.code, checked.out) == (0, "The definition is valid.\n")
    assert orjson.loads(saved.out)["active_version"] == 1, saved.err
    assert ran.code == 0, ran.err
    assert "Hello Vera" in ran.out
    assert (not_json.code, "is not JSON" in not_json.err) == (2, True)
    assert paused.code == 0, paused.err
    assert (held.code, "paused" in held.err) == (1, True), held
    assert orjson.loads(exported.out) == orjson.loads(right.read_bytes())
    assert (program.code, strict.code) == (0, 1), program.err
    compile(program.out, "desk.py", "exec")
    assert "def call_ask(given: Any)" in program.out
    assert "ask: a agent node" not in program.err
    assert "ask: " in program.err
    assert "execution_count  1" in shown.out
    assert "Desk" in listed.out
    assert deleted.code == 0, deleted.err
    assert (gone.code, "There is no workflow" in gone.err) == (2, True)


async def test_event_is_sent_from_the_command_line(anna: Terminal, played: Scene) -> None:
    nodes = [{"id": "wait", "type": "wait_for_event", "event": "paid", "correlation": "input['order']", "expires": "PT1H"}]
    edges = [{"from": "START", "to": "wait"}, {"from": "wait", "to": "END"}]
    definition = {"format": "retinue.workflow/1", "name": "Waiting", "nodes": nodes, "edges": edges}
    made = (await played.cast.anna.http.post("/workflows", json={"definition": definition})).json
    body = {"input": {"order": "A1"}, "playground": True}
    run = (await played.cast.anna.http.post(f"/workflows/{made['id']}/runs", json=body)).json
    await played.until(run["id"], "waiting")

    other = await anna("workflows", "send-event", "paid", "--key", "B2")
    sent = await anna("workflows", "send-event", "paid", "--key", "A1", "--payload", '{"sum": 5}')
    wrong = await anna("workflows", "send-event", "paid", "--payload", "{")

    assert (other.code, other.out) == (0, "Sent. 0 waits answered.\n"), other.err
    assert (sent.code, sent.out) == (0, "Sent. 1 wait answered.\n"), sent.err
    assert (wrong.code, "is not JSON" in wrong.err) == (2, True)
    await played.until(run["id"], "completed")


async def test_graph_of_langgraph_is_imported_and_what_is_missing_listed(anna: Terminal, tmp_path: Path) -> None:
    file, definition = tmp_path / "graph.json", tmp_path / "definition.json"
    ends = [{"id": name, "type": "schema", "data": name} for name in ("__start__", "__end__")]
    node = {"id": "call model", "type": "runnable", "data": {"id": ["langgraph"], "name": "call_model"}}
    edges = [{"source": "__start__", "target": "call model"}, {"source": "call model", "target": "__end__"}]
    file.write_bytes(orjson.dumps({"nodes": [*ends, node], "edges": edges}))

    imported = await anna("workflows", "import", str(file), "--name", "Old graph")
    definition.write_text(imported.out)
    checked = await anna("workflows", "validate", str(definition))
    refused = await anna("workflows", "import", str(definition))

    assert imported.code == 0, imported.err
    assert "call_model: its function (call_model) is not in the document" in imported.err
    assert (checked.code, checked.out) == (0, "The definition is valid.\n"), checked.out
    assert (refused.code, "leads from nowhere" in refused.err) == (2, True), refused


async def test_webhook_is_enabled_and_its_ready_request_starts_a_run(anna: Terminal, played: Scene, tmp_path: Path) -> None:
    await played.agent("Found.", name="Scout")
    file = tmp_path / "desk.json"
    file.write_bytes(_definition("'Hello '").replace(b"input['name']", b"input.get('name', 'you')"))
    await anna("workflows", "save", str(file), "--publish")
    await anna("workflows", "activate", "Desk")

    before = await anna("workflows", "webhook", "Desk", "--json")
    made = await anna("workflows", "webhook", "Desk", "--accept", "--new-secret")
    secret = made.out.partition("secret   ")[2].partition("\n")[0]
    request = made.out.partition(secret)[2]
    sent = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", request.replace("curl ", "curl -sS ")),
        env={"WEBHOOK_SECRET": secret, "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await sent.communicate()
    after = await anna("workflows", "webhook", "Desk", "--refuse", "--json")

    assert (orjson.loads(before.out)["accepts"], orjson.loads(after.out)["accepts"]) == (False, False)
    run = await played.until(orjson.loads(answer)["run_id"])
    assert run["trigger"] == "webhook", answer


async def test_workflow_is_debugged_from_the_command_line(anna: Terminal, played: Scene, tmp_path: Path) -> None:
    await played.agent("Found.", name="Scout")
    file = tmp_path / "desk.json"
    file.write_bytes(_definition("'Hello '"))
    await anna("workflows", "save", str(file), "--publish")
    ran = await anna("workflows", "run", "Desk", "--input", '{"name": "Vera"}', "--no-wait")
    first = await played.until(ran.out.strip())
    file.write_bytes(_definition("'Bye '"))
    await anna("workflows", "save", str(file))

    pinned = await anna("workflows", "run", "Desk", "--input", '{"name": "Vera"}', "--pin", 'ask={"text": "-"}', "--dry-run")
    again = await anna("workflows", "run", "Desk", "--from", f"{first['id']}:say", "--dry-run")
    wrong_place = await anna("workflows", "run", "Desk", "--from", "say")
    wrong_pin = await anna("workflows", "run", "Desk", "--pin", "ask")
    cost = await anna("workflows", "cost", "Desk")
    diff = await anna("workflows", "diff", "Desk", "1", "2")
    same = await anna("workflows", "diff", "Desk", "1", "1")

    assert (pinned.code, "Hello Vera" in pinned.out) == (0, True), pinned.err
    assert (again.code, "Hello Vera" in again.out) == (0, True), again.err
    assert (wrong_place.code, "is not RUN:NODE" in wrong_place.err) == (2, True)
    assert (wrong_pin.code, "is not NODE=JSON" in wrong_pin.err) == (2, True)
    assert "$0  at most for version 2." in cost.out, cost.err
    assert diff.out.splitlines()[0] == "~ Node say changed: set.", diff.err
    assert same.out == "Versions 1 and 1 mean the same.\n"
