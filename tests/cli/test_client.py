"""The client's commands, each a process of its own against a served installation, as a person or a script calls them."""

import asyncio
import os
import pty
import re
import stat

import orjson

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.runs.scene import Gate, Scene


async def test_signing_in_keeps_a_file_that_nobody_else_can_read(anna: Terminal) -> None:
    path = anna.home / ".config" / "retinue" / "credentials.json"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in path.read_text()
    assert (await anna("agents")).code == 0


async def test_a_wrong_password_is_refused_and_nothing_kept(terminal: Terminal, scene: Scene) -> None:
    said = await terminal("login", terminal.url, "--email", scene.cast.anna.email, given="wrong\n")
    agents = await terminal("agents")

    assert said.code == 77
    assert said.out == ""
    assert agents.code == 77
    assert "retinue login" in agents.err


async def test_a_key_serves_programs_without_a_file(terminal: Terminal, scene: Scene) -> None:
    body = {"name": "ci", "scopes": ["agents:read", "runs:read", "runs:write"]}
    key = (await scene.cast.olga.http.post("/api-keys", json=body)).json["key"]
    await scene.agent("Done.", name="Scribe")

    signed_in = await terminal("login", terminal.url, "--api-key", "-", given=f"{key}\n")
    terminal.environ = {"RETINUE_URL": terminal.url, "RETINUE_API_KEY": key, "XDG_CONFIG_HOME": str(terminal.home / "none")}
    listed = await terminal("agents", "--json")
    started = await terminal("run", "scribe", "Go", "--no-wait", "--json")

    assert signed_in.code == 0, signed_in.err
    assert "Scribe" in {agent["name"] for agent in orjson.loads(listed.out)}
    assert orjson.loads(started.out)["trigger"] == "cli"


async def test_a_run_tells_its_progress_and_gives_its_result(anna: Terminal, played: Scene) -> None:
    played.tools["count"] = lambda _: "three"
    await played.agent({"tool_calls": [{"name": "count"}]}, "There are three.", tools=("count",), name="Counter")

    said = await anna("run", "counter", "How many?")

    assert (said.code, said.out) == (0, "There are three.\n")
    assert re.search(r"✓ count \(", said.err)
    assert "tokens" in said.err


async def test_a_terminal_shows_the_text_while_it_is_made_and_once(anna: Terminal, played: Scene) -> None:
    text = " ".join(f"word{number}" for number in range(20))
    await played.agent({"text": text, "tokens_per_second": 100}, name="Talker")
    reader, writer = pty.openpty()

    process = await anna.begin("run", "Talker", "Go", stdin=asyncio.subprocess.DEVNULL, stdout=writer)
    os.close(writer)
    _, err = await process.communicate()
    shown = await asyncio.to_thread(os.read, reader, 100_000)
    os.close(reader)

    assert process.returncode == 0, err
    assert shown.decode().replace("\r\n", "\n") == f"{text}\n"


async def test_the_exit_code_tells_the_outcome(anna: Terminal, played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    await played.agent({"error": "overloaded"}, name="Broken")
    ask = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
    await played.agent(ask, "Done.", tools=("send:approval",), name="Asker")

    failed = await anna("run", "Broken", "Go")
    waiting = await anna("run", "Asker", "Go", "--json")
    unknown = await anna("run", "Nobody", "Go")
    empty = await anna("run", "Broken")

    assert (failed.code, failed.out) == (1, "")
    assert "overloaded" in failed.err
    assert waiting.code == 4
    assert orjson.loads(waiting.out)["status"] == "waiting"
    assert "? send waits for approval" in waiting.err
    assert (unknown.code, empty.code) == (2, 2)
    assert "retinue agents" in unknown.err


async def test_a_run_is_cancelled_from_another_terminal(anna: Terminal, played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",), name="Slow")
    following = asyncio.create_task(anna("run", "Slow", "Go"))
    await gate.wait()
    (run,) = orjson.loads((await anna("runs", "list", "--status", "running", "--json")).out)

    cancelled = await anna("runs", "cancel", run["id"])
    again = await anna("runs", "cancel", run["id"])
    said = await following

    assert (cancelled.code, said.code, again.code) == (0, 3, 1)
    assert "over already" in again.err


async def test_runs_are_listed_shown_and_followed_again(anna: Terminal, played: Scene) -> None:
    agent = await played.agent("All done.", name="Doer")
    run = await played.started(agent, "Do it")
    await played.until(run, "completed")

    listed = await anna("runs", "list", "--agent", "Doer")
    shown = await anna("runs", "show", run)
    tailed = await anna("runs", "tail", run)
    short = await anna("runs", "show", (await played.run(run))["short_id"])
    wrong = await anna("runs", "show", "17")
    none = await anna("runs", "show", "00000000-0000")

    assert listed.out.splitlines()[0].split() == ["ID", "STATUS", "AGENT", "CREATED", "TOOK", "COST", "TAGS"]
    assert listed.out.splitlines()[1].split()[:3] == [run, "completed", "Doer"]
    assert "All done." in shown.out
    assert (tailed.code, tailed.out) == (0, "All done.\n")
    assert short.out == shown.out
    assert "created" in shown.out
    assert wrong.code == none.code == 2
    assert "00000000-0000" in none.err


async def test_short_id_of_several_runs_is_refused_with_their_ids(anna: Terminal, scene: Scene) -> None:
    agent = await scene.agent("Done.")
    runs = [await scene.started(agent) for _ in range(2)]
    ids = [f"0badcafe-0000-7000-8000-00000000000{number}" for number in range(2)]
    for run, new in zip(runs, ids, strict=True):
        await scene.owner("UPDATE runs SET id = %s WHERE id = %s", new, run)

    several = await anna("runs", "cancel", "0badcafe")

    assert several.code == 2
    assert all(each in several.err for each in ids)


async def test_input_comes_from_a_file_or_from_standard_input(anna: Terminal, played: Scene) -> None:
    await played.agent("Done.", name="Reader")
    file = anna.home / "input.json"
    file.write_text('{"prompt": "Read", "colour": "red"}')
    bad = anna.home / "bad.json"
    bad.write_text("[1]")

    from_file = await anna("run", "Reader", "--input-file", str(file), "--json")
    piped = await anna("run", "Reader", "--json", given="Piped prompt\n")
    wrong = await anna("run", "Reader", "--input-file", str(bad))

    assert orjson.loads(from_file.out)["input"] == {"prompt": "Read", "colour": "red"}
    assert orjson.loads(piped.out)["input"] == {"prompt": "Piped prompt"}
    assert wrong.code == 2


async def test_an_unreachable_installation_is_reported_in_one_sentence(terminal: Terminal) -> None:
    terminal.environ = {"RETINUE_URL": "http://127.0.0.1:9", "RETINUE_API_KEY": "rtn_x"}

    said = await terminal("agents")

    assert said.code == 69
    assert "cannot be reached" in said.err
    assert "Traceback" not in said.err


async def test_runs_are_labelled_and_listed_by_their_labels(anna: Terminal, played: Scene) -> None:
    await played.agent("Done.", name="Biller")

    started = await anna("run", "Biller", "Go", "--no-wait", "--tag", "billing", "--metadata", "order=17=a", "--json")
    await anna("run", "Biller", "Go", "--no-wait", "--tag", "other")
    run = orjson.loads(started.out)
    listed = await anna("runs", "list", "--tag", "billing", "--metadata", "order=17=a")
    updated = await anna("runs", "update", run["id"], "--tag", "paid", "--tag", "done", "--no-metadata")
    shown = await anna("runs", "show", run["id"])
    wrong = await anna("runs", "list", "--metadata", "order")
    nothing = await anna("runs", "update", run["id"])

    assert (run["tags"], run["metadata"]) == (["billing"], {"order": "17=a"})
    assert [line.split()[0] for line in listed.out.splitlines()] == ["ID", run["id"]]
    assert "billing" in listed.out
    assert updated.code == 0, updated.err
    assert "tags         paid, done" in shown.out
    assert "17=a" not in shown.out
    assert (wrong.code, nothing.code) == (2, 2)
    assert "KEY=VALUE" in wrong.err
    assert "--tag" in nothing.err


async def test_runs_are_listed_by_outcome(anna: Terminal, played: Scene) -> None:
    whole = await played.started(await played.agent("Whole.", name="Whole"))
    short = await played.started(await played.agent({"text": "Half", "finish_reason": "length"}, name="Short"))
    for run in (whole, short):
        await played.until(run)

    listed = await anna("runs", "list", "--outcome", "warning")
    shown = await anna("runs", "show", short)
    wrong = await anna("runs", "list", "--outcome", "fine")

    assert [line.split()[0] for line in listed.out.splitlines()] == ["ID", short]
    assert "warnings     1" in shown.out
    assert wrong.code == 2
    assert "outcome" in wrong.err


async def test_feedback_is_given_listed_and_removed(anna: Terminal, scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done.", name="Rated"))
    await scene.started(await scene.agent("Done.", name="Unrated"))

    given = await anna("runs", "feedback", run, "down", "--comment", "Too short.")
    listed = await anna("runs", "feedback", run)
    shown = await anna("runs", "show", run)
    rated = await anna("runs", "list", "--feedback", "down")
    wrong = await anna("runs", "feedback", run, "sideways")
    removed = await anna("runs", "feedback", run, "--remove")

    assert given.code == 0, given.err
    assert "Too short." in listed.out
    assert "feedback     1 down" in shown.out
    assert [line.split()[0] for line in rated.out.splitlines()] == ["ID", run]
    assert (wrong.code, removed.code) == (2, 0)
    assert (await scene.run(run))["feedback"]["down"] == 0


async def test_agents_are_listed_by_type(anna: Terminal, scene: Scene) -> None:
    await scene.agent("Done.", name="Watcher", type="market")

    listed = await anna("agents", "--type", "market")

    assert [line.split()[1] for line in listed.out.splitlines()] == ["NAME", "Watcher"]
