"""Approvals from the command line: listed, shown, decided, assigned."""

import orjson

from retinue.engine.ports import ToolResult
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


async def test_approval_is_listed_shown_assigned_and_approved_from_the_command_line(anna: Terminal, played: Scene) -> None:
    played.tools["send"] = lambda _: ToolResult("sent")
    call = {"tool_calls": [{"name": "send", "arguments": {"text": "Hello"}}]}
    agent = await played.agent(call, "Sent.", tools=("send:approval",), name="Sender")
    run_id = str((await played.start(agent, "Write to Otto.")).json["id"])
    await played.until(run_id, "waiting")

    listed = await anna("approvals", "list", "--json")
    (approval,) = orjson.loads(listed.out)
    short = approval["id"][:13]
    table = await anna("approvals", "list", "--view", "pending")
    shown = await anna("approvals", "show", short)
    denied = await anna("approvals", "assign", short, "--to", played.cast.olga.email)
    not_json = await anna("approvals", "approve", short, "--arguments", "{")
    approved = await anna("approvals", "approve", short, "--arguments", '{"text": "Bye"}', "--comment", "Shorter.")
    again = await anna("approvals", "deny", approval["id"])
    gone = await anna("approvals", "show", short)
    decided = await anna("approvals", "show", approval["id"])

    assert "send" in table.out
    assert "Write to Otto." in shown.out
    assert "GET https://tools.example.com/" in shown.out
    assert (denied.code, "approvals:assign" in denied.err) == (1, True), denied
    assert (not_json.code, "is not JSON" in not_json.err) == (2, True), not_json
    assert (approved.code, approved.out) == (0, f"{approval['id']} is approved.\n"), approved.err
    assert (again.code, "decided this already" in again.err) == (1, True), again
    assert (gone.code, "No approval waits" in gone.err) == (2, True), gone
    assert 'text: "Hello" → "Bye"' in decided.out
    assert "Shorter." in decided.out
    await played.until(run_id, "completed")
