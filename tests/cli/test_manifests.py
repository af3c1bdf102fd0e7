"""`retinue apply` and `retinue export`, each a process of its own, as a person or a script calls them."""

import asyncio
import os
import pty
from pathlib import Path

import orjson

from tests.cli.conftest import Terminal
from tests.manifests.conftest import agents_named
from tests.manifests.test_applying import AGENT, TOOL
from tests.runs.scene import Scene


def _folder(anna: Terminal) -> Path:
    folder = anna.home / "team"
    (folder / "agents").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "ignored.yaml").write_text("a: [")
    (folder / "README.md").write_text("Not applied.")
    (folder / "agents" / "desk.yaml").write_text(AGENT)
    (folder / "tools.yml").write_text(TOOL)
    return folder


async def test_folder_is_applied_once_and_then_nothing_differs(anna: Terminal, scene: Scene) -> None:
    folder = _folder(anna)

    first = await anna("apply", "-f", str(folder), "--yes")
    second = await anna("apply", "-f", str(folder), "--yes")

    assert first.code == second.code == 0, first.err
    assert f"+ create agent Weather desk  ({folder}/agents/desk.yaml)" in first.out
    assert "Applied: 2 created." in first.out
    assert "Secret to set: agent Weather desk, variables.api_token." in first.err
    assert second.out == "No changes. 2 unchanged.\n"
    assert len(await agents_named(scene.cast.anna, "Weather desk")) == 1


async def test_dry_run_shows_the_plan_and_its_exit_code_tells_of_changes(anna: Terminal, scene: Scene) -> None:
    folder = _folder(anna)
    await anna("apply", "-f", str(folder), "--yes")
    unchanged = await anna("apply", "-f", str(folder), "--dry-run", "--exit-code")
    text = AGENT.replace("max_steps: 20", "max_steps: 50").replace("Use get_weather.", "Always use get_weather.")
    (folder / "agents" / "desk.yaml").write_text(text)

    plain = await anna("apply", "-f", str(folder), "--dry-run")
    pending = await anna("apply", "-f", str(folder), "--dry-run", "--exit-code", "--json")

    assert (unchanged.code, plain.code, pending.code) == (0, 0, 5)
    assert "    config.limits.max_steps: 20 → 50\n" in plain.out
    assert "      -Use get_weather.\n      +Always use get_weather.\n" in plain.out
    assert "Plan: 1 to change, 1 unchanged." in plain.out
    assert orjson.loads(pending.out)["is_applied"] is False
    assert (await agents_named(scene.cast.anna, "Weather desk"))[0]["version"] == 1


async def test_mistakes_name_file_line_and_column(anna: Terminal, scene: Scene) -> None:
    folder = _folder(anna)
    (folder / "agents" / "desk.yaml").write_text(AGENT.replace("max_steps", "max_stepz"))
    (folder / "b.yaml").write_text("kind: agent\nname: [")

    said = await anna("apply", "-f", str(folder), "--yes")

    lines = said.err.splitlines()
    assert (said.code, said.out) == (2, "")
    assert lines[0].startswith(f"{folder}/b.yaml:3:1: is not YAML")
    assert lines[1] == (
        f"{folder}/agents/desk.yaml:17:5: config.limits.max_stepz is not a known field. Did you mean max_steps?"
    )
    assert lines[-1] == "Nothing was changed: 2 problems."
    assert await agents_named(scene.cast.anna, "Weather desk") == []


async def test_nothing_is_applied_without_a_yes(anna: Terminal, scene: Scene) -> None:
    folder = _folder(anna)
    unasked = await anna("apply", "-f", str(folder))
    answers: list[tuple[int, str]] = []
    for answer in (b"n\n", b"y\n"):
        reader, writer = pty.openpty()
        process = await anna.begin("apply", "-f", str(folder), stdin=writer)
        os.write(reader, answer)
        out, err = await process.communicate()
        os.close(reader)
        os.close(writer)
        answers.append((process.returncode, (out + err).decode()))

    assert unasked.code == 2
    assert "--yes" in unasked.err
    assert answers[0][0] == 3
    assert "Nothing was changed." in answers[0][1]
    assert answers[1][0] == 0, answers[1][1]
    assert len(await agents_named(scene.cast.anna, "Weather desk")) == 1


async def test_prune_and_standard_input(anna: Terminal, scene: Scene) -> None:
    both = f"{AGENT}---\n{TOOL}"
    applied = await anna("apply", "-f", "-", "--source", "main", "--yes", given=both)
    unasked = await anna("apply", "-f", "-", "--source", "main", "--prune", given="kind: agent\nname: New")
    unnamed = await anna("apply", "-f", "-", "--prune", "--yes", given="")
    pruned = await anna("apply", "-f", "-", "--source", "main", "--prune", "--yes", given="kind: agent\nname: New")

    assert (applied.code, unasked.code, unnamed.code, pruned.code) == (0, 2, 2, 0), applied.err
    assert "--source" in unnamed.err
    assert "- delete agent Weather desk\n- delete tool get_weather\n" in pruned.out
    assert await agents_named(scene.cast.anna, "Weather desk") == []


async def test_wrong_calls_are_refused_with_what_to_do(anna: Terminal, scene: Scene) -> None:
    empty = anna.home / "empty"
    empty.mkdir()
    (anna.home / "latin.yaml").write_bytes(b"kind: agent\nname: b\xe9\n")
    said = [
        await anna("apply"),
        await anna("apply", "-f", str(anna.home / "none")),
        await anna("apply", "-f", str(empty)),
        await anna("apply", "-f", str(anna.home / "latin.yaml"), "--yes"),
        await anna("apply", "-f", str(anna.home / "latin.yaml"), "--exit-code"),
        await anna("export", "teapots"),
        await anna("export", "agent", "Nobody"),
    ]

    assert [each.code for each in said] == [2] * 7
    for each, text in zip(
        said, ["--file", "does not exist", ".yaml", "latin.yaml:2", "--dry-run", "agent", "Nobody"], strict=True
    ):
        assert text in each.err


async def test_export_applied_again_changes_nothing(anna: Terminal, scene: Scene) -> None:
    await anna("apply", "-f", str(_folder(anna)), "--yes")
    target = anna.home / "out"

    exported = await anna("export", "-o", str(target))
    again = await anna("export", "-o", str(target))
    applied = await anna("apply", "-f", str(target), "--dry-run", "--exit-code")
    one = await anna("export", "agent", "Weather desk")
    piped = await anna("apply", "-f", "-", "--dry-run", "--exit-code", given=(await anna("export")).out)

    assert (exported.code, again.code, applied.code, piped.code) == (0, 0, 0, 0), exported.err + applied.err + piped.err
    assert "0 of them new or changed" in again.err
    assert "Secrets left out of agent Weather desk: variables.api_token." in exported.err
    assert one.out == await asyncio.to_thread((target / "agents" / "weather-desk.yaml").read_text)
