"""What runs recorded, read through the API: lists with filters and pages, files with safe headers."""

from typing import Any

from retinue.engine.ports import ToolArtifact, ToolResult
from tests.client import Client
from tests.runs.scene import Scene

_WRITE = {"tool_calls": [{"name": "write", "arguments": {"text": "x"}}]}


def _writer(scene: Scene, name: str, media_type: str, content: bytes) -> None:
    artifact = ToolArtifact(name, media_type, content)
    scene.tools["write"] = lambda _: ToolResult("written", artifacts=(artifact,), logs=(("warning", "The Disk is old."),))


async def _all(http: Client, path: str, limit: int = 1) -> list[Any]:
    items: list[Any] = []
    mark = "&" if "?" in path else "?"
    cursor = ""
    while True:
        page = (await http.get(f"{path}{mark}limit={limit}{cursor}")).json
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


async def test_every_record_of_a_run_can_be_read_in_pages(played: Scene) -> None:
    _writer(played, "note.txt", "text/plain", b"hello")
    run = await played.started(await played.agent(_WRITE, "Done.", tools=("write",)))
    await played.until(run, "completed")
    http = played.cast.vera.http

    for kind in ("steps", "logs", "thoughts", "artifacts", "tool-calls", "approvals", "events"):
        whole = (await http.get(f"/runs/{run}/{kind}?limit=200")).json
        paged = await _all(http, f"/runs/{run}/{kind}")
        assert whole["next_cursor"] is None
        assert paged == whole["items"], kind
        assert bool(paged) is (kind != "approvals")
        wrong = await http.get(f"/runs/{run}/{kind}?cursor=nonsense")
        assert (wrong.status, wrong.json["code"]) == (422, "cursor_invalid")
        assert (await played.cast.otto.http.get(f"/runs/{run}/{kind}")).status == 404


async def test_a_log_is_filtered_by_level_and_text(played: Scene) -> None:
    _writer(played, "note.txt", "text/plain", b"hello")
    run = await played.started(await played.agent(_WRITE, "Done.", tools=("write",)))
    await played.until(run, "completed")
    http = played.cast.vera.http

    warnings = (await http.get(f"/runs/{run}/logs?level=warning")).json["items"]
    found = (await http.get(f"/runs/{run}/logs?q=disk")).json["items"]
    nothing = (await http.get(f"/runs/{run}/logs?q=100%25")).json["items"]

    assert [line["message"] for line in warnings] == ["The Disk is old."]
    assert found == warnings
    assert nothing == []


async def test_the_ledger_shows_what_was_called(played: Scene) -> None:
    _writer(played, "note.txt", "text/plain", b"hello")
    run = await played.started(await played.agent(_WRITE, "Done.", tools=("write",)))
    await played.until(run, "completed")

    (call,) = (await played.cast.vera.http.get(f"/runs/{run}/tool-calls")).json["items"]

    assert (call["tool_name"], call["state"], call["effect"], call["arguments"]) == (
        "write",
        "succeeded",
        "read_only",
        {"text": "x"},
    )


async def test_a_file_comes_back_byte_for_byte(played: Scene) -> None:
    content = bytes(range(256)) * 5000
    _writer(played, 'größe "x".bin', "application/x-odd", content)
    run = await played.started(await played.agent(_WRITE, "Done.", tools=("write",)))
    await played.until(run, "completed")
    http = played.cast.vera.http
    (artifact,) = (await http.get(f"/runs/{run}/artifacts")).json["items"]

    async with http.stream("GET", artifact["url"]) as response:
        body = await response.read()
    otto = await played.cast.otto.http.get(artifact["url"])

    assert body == content
    assert artifact["size"] == len(content)
    assert len(artifact["checksum"]) == 64
    assert response.headers["Content-Disposition"].startswith('attachment; filename="gr')
    assert "filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22x%22.bin" in response.headers["Content-Disposition"]
    assert otto.status == 404


async def test_a_page_that_a_model_wrote_is_never_run_in_our_name(played: Scene) -> None:
    _writer(played, "evil.html", "text/html", b"<script>alert(1)</script>")
    run = await played.started(await played.agent(_WRITE, "Done.", tools=("write",)))
    await played.until(run, "completed")
    (artifact,) = (await played.cast.vera.http.get(f"/runs/{run}/artifacts")).json["items"]

    response = await played.cast.vera.http.get(artifact["url"])

    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_runs_are_listed_newest_first_and_filtered(scene: Scene) -> None:
    first, second = await scene.agent("Done.", name="First"), await scene.agent("Done.", name="Second")
    runs = [await scene.started(agent, prompt) for agent, prompt in ((first, "Alpha"), (second, "Beta"), (first, "Gamma"))]
    await scene.cast.anna.http.post(f"/runs/{runs[0]}/cancel")
    http = scene.cast.vera.http

    async def ids(query: str) -> list[str]:
        return [run["id"] for run in await _all(http, f"/runs?{query}")]

    assert await ids("") == runs[::-1]
    assert await ids("status=cancelled") == [runs[0]]
    assert await ids(f"agent_id={first}") == [runs[2], runs[0]]
    assert await ids(f"agent_id={first}&status=pending") == [runs[2]]
    assert await ids("trigger=manual") == runs[::-1]
    assert await ids("trigger=schedule") == []
    assert await ids("q=BETA") == [runs[1]]
    assert await ids("q=second") == [runs[1]]
    assert await ids(f"q={runs[2]}") == [runs[2]]
    assert (await scene.cast.otto.http.get("/runs")).json["items"] == []
    assert (await http.get("/runs?status=odd")).status == 422
    assert (await http.get("/runs?limit=0")).status == 422
    assert (await http.get(f"/runs/{first}")).status == 404
