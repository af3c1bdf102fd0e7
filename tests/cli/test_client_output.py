"""What the client writes, and to whom: long results, narrow terminals, small alphabets, gone readers, full disks."""

import asyncio
import os
import pty
import signal
import struct
import termios
from fcntl import ioctl

import orjson
import pytest

from tests.cli.conftest import Terminal
from tests.runs.scene import Gate, Scene

LONG = "\n".join(f"line {number} of a long text" for number in range(24_000))


async def test_a_result_longer_than_any_buffer_comes_whole(anna: Terminal, played: Scene) -> None:
    await played.agent(LONG, name="Long")

    said = await anna("run", "Long", "Go")
    (run,) = orjson.loads((await anna("runs", "list", "--json")).out)
    tailed = await anna("runs", "tail", run["id"])

    assert (said.code, said.out) == (0, f"{LONG}\n"), said.err
    assert (tailed.code, tailed.out) == (0, f"{LONG}\n")


@pytest.mark.parametrize("arguments", [("run", "Long", "Go"), ("run", "Long", "Go", "--json"), ("agents",)])
async def test_a_reader_that_has_seen_enough_ends_it_quietly(
    anna: Terminal, played: Scene, arguments: tuple[str, ...]
) -> None:
    await played.agent(LONG, name="Long")
    reader, writer = os.pipe()
    os.close(reader)

    said = await anna(*arguments, stdout=writer)
    os.close(writer)

    assert said.code == 141
    assert [line for line in said.err.splitlines() if not line.startswith(("run ", "·", "✓"))] == []


@pytest.mark.parametrize("arguments", [("agents",), ("agents", "--json")])
async def test_a_full_disk_is_told(anna: Terminal, played: Scene, arguments: tuple[str, ...]) -> None:
    await played.agent("Done.")
    with open("/dev/full", "wb") as full:  # noqa: ASYNC230, PTH123 - a device
        said = await anna(*arguments, stdout=full)

    assert (said.code, said.err) == (74, "The output cannot be written: No space left on device.\n")


async def test_what_an_alphabet_lacks_is_written_as_its_number(anna: Terminal, played: Scene) -> None:
    await played.agent("Grüße 🚀", name="Ünïcödé")
    anna.environ = {"PYTHONIOENCODING": "ascii"}

    listed = await anna("agents")
    said = await anna("run", "ünïcödé", "Go")

    assert listed.code == 0
    assert "\\xdcn\\xefc\\xf6d\\xe9" in listed.out
    assert (said.code, said.out) == (0, "Gr\\xfc\\xdfe \\U0001f680\n")


async def test_columns_stand_below_each_other_and_end_at_the_terminal_s_edge(anna: Terminal, played: Scene) -> None:
    await played.agent("Done.", name="漢字🚀", description="wide")
    await played.agent("Done.", name="Narrow", description="narrow")
    reader, writer = pty.openpty()
    ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))

    whole = await anna("agents")
    process = await anna.begin("agents", stdout=writer)
    os.close(writer)
    await process.communicate()
    cut = (await asyncio.to_thread(os.read, reader, 100_000)).decode().splitlines()
    os.close(reader)

    heads, *rows = whole.out.splitlines()
    narrow, wide = sorted(rows[:2], key=lambda row: "wide" in row)
    assert heads.index("STATUS") == narrow.index("active") == wide.index("active") + 3  # three of them are two columns wide
    assert {len(line) for line in cut if "漢" not in line} == {50}
    assert [line[-1] for line in cut] == ["…"] * len(cut)


async def test_names_and_answers_do_not_steer_the_terminal(anna: Terminal, played: Scene) -> None:
    answer = "\x1b[2Jall \x9b2Jgone\r\tmore"
    await played.agent({"text": answer, "tokens_per_second": 500}, name="Title\x1b]0;owned\x07")
    run = (await anna("runs", "list", "--json")).out
    told = b""
    for arguments in (("agents",), ("run", "Title", "Go"), ("runs", "list")):
        reader, writer = pty.openpty()
        process = await anna.begin(*arguments, stdout=writer)
        os.close(writer)
        _, err = await process.communicate()
        told += err + await asyncio.to_thread(os.read, reader, 100_000)
        os.close(reader)
    piped = await anna("run", "Title", "Go")

    assert run == "[]\n"
    assert "Title␛]0;owned␇".encode() in told
    assert "␛[2Jall \N{REPLACEMENT CHARACTER}2Jgone␍\tmore".encode() in told
    assert not {b"\x1b", b"\x07", "\x9b".encode()} & {bytes([byte]) for byte in told}
    assert b"\x1b" not in piped.err.encode()
    assert piped.out == f"{answer}\n"


async def test_ctrl_c_leaves_the_run_going_and_says_how_to_follow_it(anna: Terminal, played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",), name="Slow")
    process = await anna.begin("run", "Slow", "Go")
    await gate.wait()
    run = (await process.stderr.readline()).decode().split()[1]
    while "✓" not in (await process.stderr.readline()).decode():
        pass

    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    gate.opened.set()
    tailed = await anna("runs", "tail", run)

    assert process.returncode == 130
    assert err.decode() == (
        f"The run goes on. 'retinue runs tail {run}' follows it again, 'retinue runs cancel {run}' stops it.\n"
    )
    assert (tailed.code, tailed.out) == (0, "Done.\n")


async def test_what_is_no_utf_8_is_refused(anna: Terminal, played: Scene) -> None:
    await played.agent("Done.", name="Reader")

    piped = await anna("run", "Reader", given=b"\xff\xfe")
    argument = await anna("run", "Reader", "\udcff")
    name = await anna("run", "\udcff", "Go")

    assert (piped.code, argument.code, name.code) == (2, 2, 2)
    assert piped.err == argument.err == "The prompt is not valid UTF-8.\n"
    assert name.err == "The agent's name is not valid UTF-8.\n"


async def test_an_agent_is_started_by_its_name_and_never_by_its_description(anna: Terminal, played: Scene) -> None:
    await played.agent("one", name="Twin", description="Answers questions")
    await played.agent("two", name="Twins")
    await played.agent("three", name="Triplet")

    exact = await anna("run", "twin", "Go")
    part = await anna("run", "trip", "Go")
    several = await anna("run", "t", "Go")
    described = await anna("run", "questions", "Go")

    assert (exact.code, exact.out) == (0, "one\n")
    assert (part.code, part.out) == (0, "three\n")
    assert (several.code, described.code) == (2, 2)
    assert "'t' may mean several agents: " in several.err
    assert described.err == "There is no agent named 'questions'. 'retinue agents' lists them.\n"
