"""Tools of type file: what they list, read, search and write, in a folder and in a bucket."""

import base64
import os
import shutil
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.agents.conftest import fields_of
from tests.cast import Cast, Person
from tests.s3 import BUCKET, KEY, S3, SECRET, serving_s3
from tests.tools.conftest import make_tool, try_tool


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with serving_s3() as served:
        yield served


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tool_folder: Path) -> tuple[dict[str, Any], Path]:
    """Give each store in turn: a configuration, and the folder in which its files really are."""
    if request.param == "folder":
        return {"store": "folder", "path": str(tool_folder)}, tool_folder
    served: S3 = request.getfixturevalue("s3")
    prefix = f"p{abs(hash(request.node.name))}"
    folder = served.folder / BUCKET / prefix
    folder.mkdir()
    return {"store": "s3", "bucket": BUCKET, "prefix": prefix, "endpoint": served.url}, folder


async def _tool(person: Person, configuration: dict[str, Any], name: str = "files", **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"tool_type": "file", "name": name}
    if configuration["store"] == "s3":
        given["credentials"] = {"type": "access_key", "access_key_id": KEY, "secret_access_key": SECRET}
    return await make_tool(person, {**configuration, **changes}, **given)


async def _act(person: Person, tool: dict[str, Any], action: str, path: str | None = None, **arguments: Any) -> Any:
    given = {"action": action, **({} if path is None else {"path": path}), **arguments}
    return await try_tool(person, tool["id"], given)


async def test_files_are_listed_read_searched_and_written(cast: Cast, store: tuple[dict[str, Any], Path]) -> None:
    configuration, folder = store
    (folder / "reports").mkdir()
    (folder / "reports" / "may.csv").write_text('name;sum\n"Müller; Co";1,5\nb;2\n', encoding="utf-8")
    (folder / "facts.json").write_text('{"big": 12345678901234567890123}', encoding="utf-8")
    (folder / "größe & 'x'.txt").write_text("one\nTwo größe\nthree\n", encoding="utf-8")
    tool = await _tool(cast.anna, configuration, allow_writes=True)

    top = (await _act(cast.anna, tool, "list"))["output"]["entries"]
    everything = (await _act(cast.anna, tool, "list", recursive=True, pattern="*.csv"))["output"]["entries"]
    table = (await _act(cast.anna, tool, "read", "reports/may.csv"))["output"]
    facts = (await _act(cast.anna, tool, "read", "facts.json"))["output"]
    found = (await _act(cast.anna, tool, "search", text="GRÖSSE".replace("SS", "ß")))["output"]
    written = await _act(cast.anna, tool, "write", "new/deep/note.txt", content="a note 🙂")
    again = await _act(cast.anna, tool, "write", "new/deep/note.txt", content="another")

    assert [(entry["path"], entry["type"]) for entry in top] == [
        ("facts.json", "file"), ("größe & 'x'.txt", "file"), ("reports", "folder"),
    ]  # fmt: skip
    assert [entry["path"] for entry in everything] == ["reports/may.csv"]
    assert (table["columns"], table["rows"]) == (["name", "sum"], [["Müller; Co", "1,5"], ["b", "2"]])
    assert facts["json"] == {"big": 12345678901234567890123}
    assert found["matches"] == [{"path": "größe & 'x'.txt", "line": 2, "text": "Two größe"}]
    assert (written["output"], again["ok"]) == ({"path": "new/deep/note.txt", "size_bytes": 11}, True)
    assert (folder / "new" / "deep" / "note.txt").read_text() == "another"
    assert tool["effect"] == "idempotent"


async def test_a_reading_tool_does_not_write(cast: Cast, store: tuple[dict[str, Any], Path]) -> None:
    configuration, folder = store
    tool = await _tool(cast.anna, configuration)

    answer = await _act(cast.anna, tool, "write", "x.txt", content="x")

    assert tool["effect"] == "read_only"
    assert "do not fit" in answer["error"]
    assert list(folder.iterdir()) == []


async def test_the_effect_follows_the_switch_of_writes(cast: Cast, tool_folder: Path) -> None:
    configuration = {"store": "folder", "path": str(tool_folder)}
    tool = await _tool(cast.anna, configuration)
    path = f"/tools/{tool['id']}"

    opened = await cast.anna.http.patch(path, json={"configuration": {**configuration, "allow_writes": True}})
    chosen = await cast.anna.http.patch(path, json={"effect": "dangerous"})
    limited = await cast.anna.http.patch(
        path, json={"configuration": {**configuration, "allow_writes": True, "max_entries": 5}}
    )
    closed = await cast.anna.http.patch(path, json={"configuration": configuration})

    effects = [answer.json["effect"] for answer in (opened, chosen, limited, closed)]
    assert effects == ["idempotent", "dangerous", "dangerous", "read_only"]


async def test_limits_of_bytes_and_entries_hold(cast: Cast, store: tuple[dict[str, Any], Path]) -> None:
    configuration, folder = store
    for number in range(5):
        (folder / f"{number}.txt").write_text("x" * 50)
    (folder / "large.txt").write_text("y" * 101)
    tool = await _tool(cast.anna, configuration, max_entries=3, max_file_bytes=100, allow_writes=True)

    listed = (await _act(cast.anna, tool, "list"))["output"]
    large = await _act(cast.anna, tool, "read", "large.txt")
    written = await _act(cast.anna, tool, "write", "new.txt", content="z" * 101)
    fits = await _act(cast.anna, tool, "read", "0.txt")

    assert (len(listed["entries"]), listed["is_cut"]) == (3, True)
    assert "100 bytes" in large["error"] or "bytes" in large["error"]
    assert "101 bytes" in written["error"]
    assert fits["output"]["text"] == "x" * 50


async def test_a_long_text_is_read_in_parts(cast: Cast, store: tuple[dict[str, Any], Path]) -> None:
    configuration, folder = store
    text = "".join(f"{number} größe\n" for number in range(60_000))
    (folder / "long.txt").write_text(text, encoding="utf-8")
    (folder / "long.csv").write_text("n\n" + "\n".join(str(number) for number in range(60_000)))
    tool = await _tool(cast.anna, configuration)

    parts, offset = "", 0
    while offset is not None:
        output = (await _act(cast.anna, tool, "read", "long.txt", offset=offset))["output"]
        parts, offset = parts + output["text"], output.get("next_offset")
    rows: list[Any] = []
    start: int | None = 0
    while start is not None:
        output = (await _act(cast.anna, tool, "read", "long.csv", offset=start))["output"]
        rows, start = rows + output["rows"], output.get("next_offset")

    assert parts == text
    assert [row[0] for row in rows] == [str(number) for number in range(60_000)]


_ELSEWHERE = (*("../x", "a/../../x", "..", ".", "/etc/passwd", "a//b", "a/./b", "a\\..\\b", "a\nb", "a/..", "./x", "a/"),)


async def test_paths_that_lead_elsewhere_are_refused(cast: Cast, store: tuple[dict[str, Any], Path]) -> None:
    configuration, folder = store
    (folder / "a").mkdir()
    tool = await _tool(cast.anna, configuration, allow_writes=True)

    for path in _ELSEWHERE:
        for action in ("list", "read", "search", "write"):
            answer = await _act(cast.anna, tool, action, path, **({"content": "x"} if action == "write" else {"text": "x"}))
            assert not answer["ok"], (action, path)
            assert "path" in answer["error"], (action, path)


async def test_encoded_paths_are_names_and_nothing_else(cast: Cast, tool_folder: Path) -> None:
    (tool_folder / "root").mkdir()
    (tool_folder / "x.txt").write_text("outside")
    tool = await _tool(cast.anna, {"store": "folder", "path": f"{tool_folder}/root"}, allow_writes=True)

    for path in ("..%2fx.txt", "%2e%2e/x.txt", "\uff0e\uff0e/x.txt", "..\u2215x.txt", "..;/x.txt"):
        answer = await _act(cast.anna, tool, "read", path)

        assert "does not exist" in answer["error"], path


async def test_links_are_neither_followed_nor_written_through(cast: Cast, tool_folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("outside")
    (tool_folder / "file").symlink_to(secret)
    (tool_folder / "folder").symlink_to(tmp_path)
    (tool_folder / "dangling").symlink_to(tmp_path / "made.txt")
    os.mkfifo(tool_folder / "pipe")
    tool = await _tool(cast.anna, {"store": "folder", "path": str(tool_folder)}, allow_writes=True)

    answers = [
        await _act(cast.anna, tool, "read", "file"),
        await _act(cast.anna, tool, "read", "folder/secret.txt"),
        await _act(cast.anna, tool, "read", "pipe"),
        await _act(cast.anna, tool, "list", "folder"),
        await _act(cast.anna, tool, "write", "file", content="x"),
        await _act(cast.anna, tool, "write", "dangling", content="x"),
        await _act(cast.anna, tool, "write", "folder/made.txt", content="x"),
    ]
    listed = (await _act(cast.anna, tool, "list", recursive=True))["output"]["entries"]
    found = (await _act(cast.anna, tool, "search", text="outside"))["output"]["matches"]

    assert [answer["ok"] for answer in answers] == [False] * 7
    assert {(entry["path"], entry["type"]) for entry in listed} == {
        ("dangling", "link"),
        ("file", "link"),
        ("folder", "link"),
    }
    assert found == []
    assert (secret.read_text(), (tmp_path / "made.txt").exists()) == ("outside", False)


async def test_a_folder_that_becomes_a_link_leads_nowhere(cast: Cast, tool_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("outside")
    inside, link, aside = tool_folder / "inside", tool_folder / "link", tool_folder / "aside"
    inside.mkdir()
    (inside / "note.txt").write_text("inside")
    link.symlink_to(tmp_path)
    tool = await _tool(cast.anna, {"store": "folder", "path": str(tool_folder)}, allow_writes=True)
    is_over = threading.Event()
    assert (await _act(cast.anna, tool, "read", "inside/note.txt"))["output"]["text"] == "inside"

    def swap() -> None:
        while not is_over.is_set():
            try:
                inside.rename(aside)
                link.rename(inside)
                inside.rename(link)
                aside.rename(inside)
            except OSError:  # a write created the folder again in between
                shutil.rmtree(inside, ignore_errors=True)
                with suppress(OSError):
                    aside.rename(inside)

    swapper = threading.Thread(target=swap)
    swapper.start()
    read: set[str] = set()
    for number in range(60):
        answer = await _act(cast.anna, tool, "read", "inside/note.txt")
        read.add(answer["output"]["text"] if answer["ok"] else "refused")
        await _act(cast.anna, tool, "write", f"inside/{number}.txt", content="x")
    is_over.set()
    swapper.join()

    assert read <= {"inside", "refused"}
    assert os.listdir(tmp_path) == ["note.txt"]  # noqa: PTH208 - the names


async def test_the_root_itself_must_be_below_a_folder_of_the_operators(
    cast: Cast, tool_folder: Path, tmp_path: Path
) -> None:
    (tool_folder / "link").symlink_to(tmp_path)
    inside = str(tool_folder)
    for path in ("/", "/etc/passwd", str(tmp_path), f"{inside}/../..", f"{inside}/link", "relative", f"{inside}x/../../etc"):
        body = {"name": "x", "tool_type": "file", "configuration": {"store": "folder", "path": path}}

        assert await fields_of(cast.anna, "POST", "/tools", body) == (422, ["configuration.path"]), path


@pytest.fixture
def own_folder(environ: dict[str, str], cast: Cast) -> Path:
    """Give the folder of Acme, with a note in it."""
    folder = Path(environ["RETINUE_TOOL_FOLDERS"].split(", ")[1].replace("{organization_id}", str(cast.acme)))
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("of Acme")
    return folder


async def test_a_folder_of_an_organization_is_closed_to_the_others(cast: Cast, own_folder: Path) -> None:
    configuration = {"store": "folder", "path": str(own_folder)}
    body = {"name": "files", "tool_type": "file", "configuration": configuration}

    tool = await _tool(cast.anna, configuration)
    refused = await fields_of(cast.otto, "POST", "/tools", body)
    unfilled = str(own_folder.parent / "{organization_id}")
    whole = await fields_of(cast.anna, "POST", "/tools", {**body, "configuration": {**configuration, "path": unfilled}})

    assert (await _act(cast.anna, tool, "read", "note.txt"))["output"]["text"] == "of Acme"
    assert refused == whole == (422, ["configuration.path"])


async def test_the_text_of_a_pdf_is_read(cast: Cast, tool_folder: Path) -> None:
    (tool_folder / "report.pdf").write_bytes(_pdf("Turnover of May: 4711"))
    (tool_folder / "broken.pdf").write_bytes(_pdf("x")[:200])
    (tool_folder / "bomb.pdf").write_bytes(_pdf("x", stream=zlib.compress(b"0" * 200_000_000, 1)))
    (tool_folder / "picture.png").write_bytes(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAE="))
    tool = await _tool(cast.anna, {"store": "folder", "path": str(tool_folder)})

    report = (await _act(cast.anna, tool, "read", "report.pdf"))["output"]
    broken = await _act(cast.anna, tool, "read", "broken.pdf")
    bomb = await _act(cast.anna, tool, "read", "bomb.pdf")
    picture = await _act(cast.anna, tool, "read", "picture.png")

    assert (report["pages"], report["text"].strip()) == (1, "Turnover of May: 4711")
    assert "The PDF cannot be read" in broken["error"]
    assert bomb["ok"] is False or bomb["output"]["text"] == ""
    assert "is no text" in picture["error"]


def _pdf(text: str, stream: bytes | None = None) -> bytes:
    content = stream if stream is not None else f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    how = b" /Filter /FlateDecode" if stream is not None else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), how, content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    written, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + table + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(written)


_FOLDER = {"store": "folder", "path": "/x"}
_S3 = {"store": "s3", "bucket": "files"}


_WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"configuration": {}}, "configuration.store"),
    ({"configuration": {"store": "ftp"}}, "configuration.store"),
    ({"configuration": {"store": "folder"}}, "configuration"),
    ({"configuration": {"store": "s3"}}, "configuration"),
    ({"configuration": {**_S3, "path": "/x"}}, "configuration"),
    ({"configuration": {**_S3, "bucket": "No Bucket"}}, "configuration.bucket"),
    ({"configuration": {**_S3, "prefix": "../x"}}, "configuration.prefix"),
    ({"configuration": {**_S3, "endpoint": "http://s3.example.com/path"}}, "configuration.endpoint"),
    ({"configuration": {**_S3, "endpoint": "ftp://s3.example.com"}}, "configuration.endpoint"),
    ({"configuration": {**_S3, "region": "a b"}}, "configuration.region"),
    ({"configuration": {**_S3, "max_entries": 0}}, "configuration.max_entries"),
    ({"configuration": {**_S3, "unknown": 1}}, "configuration.unknown"),
    ({"configuration": _S3, "effect": "idempotent"}, "effect"),
    ({"configuration": {**_S3, "allow_writes": True}, "effect": "read_only"}, "effect"),
    ({"configuration": _S3, "parameters_schema": {"type": "object"}}, "parameters_schema"),
    ({"configuration": _S3, "credentials": {"type": "basic", "username": "a", "password": "b"}}, "credentials.type"),
)


async def test_wrong_configurations_are_named(cast: Cast) -> None:
    for change, field in _WRONG:
        status, fields = await fields_of(cast.anna, "POST", "/tools", {"name": "files", "tool_type": "file", **change})

        assert (status, fields[0].startswith(field)) == (422, True), (change, fields)


async def test_a_bucket_is_reached_through_the_guard_and_with_its_own_key(cast: Cast, s3: S3) -> None:
    known = {"store": "s3", "bucket": BUCKET, "endpoint": s3.url}
    private = await _tool(cast.anna, {**known, "endpoint": "http://169.254.169.254"}, "private")
    body = {"name": "wrong", "tool_type": "file", "configuration": known}
    credentials = {"type": "access_key", "access_key_id": KEY, "secret_access_key": "another secret"}
    wrong = (await cast.anna.http.post("/tools", json={**body, "credentials": credentials})).json
    unsigned = (await cast.anna.http.post("/tools", json={**body, "name": "unsigned"})).json
    other = await _tool(cast.anna, {**known, "bucket": "nothing-here"}, "other")

    assert "may not be called" in (await _act(cast.anna, private, "list"))["error"]
    assert "403" in (await _act(cast.anna, wrong, "list"))["error"]
    assert "no credentials" in (await _act(cast.anna, unsigned, "list"))["error"]
    assert "404" in (await _act(cast.anna, other, "list"))["error"]
