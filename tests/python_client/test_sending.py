"""What the client does about failures: what it sends again, when, and which errors it raises."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from retinue.client import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidError,
    MissingError,
    RateLimitedError,
    Retinue,
    ServerError,
    UnauthenticatedError,
)
from retinue.client.sending import seconds_of
from tests.python_client.conftest import QUICK

Sent = list[httpx.Request]


def _client(*answers: "httpx.Response | Exception") -> tuple[Retinue, Sent]:
    """Give a client that is answered so, the last answer again and again."""
    sent: Sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        found = answers[min(len(sent), len(answers)) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    return Retinue("http://retinue/", "rtk_key", retry=QUICK, transport=httpx.MockTransport(answer)), sent


def _read(client: Retinue) -> Any:
    return client.agents.get("a")


def _delete(client: Retinue) -> Any:
    return client.agents.delete("a")


def _put(client: Retinue) -> Any:
    return client.dashboard.update_getting_started(dismissed=True)


def _start(client: Retinue) -> Any:
    return client.runs.start(target_id="a", input={"prompt": "Go."})


def _create(client: Retinue) -> Any:
    return client.agents.create(name="a")


def _change(client: Retinue) -> Any:
    return client.agents.update("a", name="b")


_LOST, _REFUSED = httpx.ReadError("lost"), httpx.ConnectError("refused")
_AWAY, _MANY = httpx.Response(503), httpx.Response(429, headers={"Retry-After": "0"})
_DONE = httpx.Response(200, json={"id": "a"})


@pytest.mark.parametrize("act", [_read, _delete, _put, _start])
@pytest.mark.parametrize("failure", [_LOST, _REFUSED, _AWAY, _MANY])
def test_what_may_be_sent_twice_is_sent_again(act: Callable[[Retinue], Any], failure: "httpx.Response | Exception") -> None:
    client, sent = _client(failure, failure, _DONE)

    act(client)

    assert len(sent) == 3
    assert len({request.headers.get("Idempotency-Key") for request in sent}) == 1
    assert len({request.content for request in sent}) == 1


@pytest.mark.parametrize("act", [_create, _change])
@pytest.mark.parametrize(("failure", "times"), [(_LOST, 1), (_AWAY, 1), (_REFUSED, 2), (_MANY, 2)])
def test_other_changes_are_sent_again_only_if_they_were_surely_not_made(
    act: Callable[[Retinue], Any], failure: "httpx.Response | Exception", times: int
) -> None:
    client, sent = _client(failure, _DONE)
    if times == 1:
        with pytest.raises((ConnectionFailedError, ServerError)):
            act(client)
    else:
        act(client)

    assert len(sent) == times


def test_deletion_whose_answer_was_lost_is_done_when_nothing_is_there() -> None:
    lost, sent = _client(_LOST, httpx.Response(404, json={"code": "agent_missing"}))
    absent, _ = _client(httpx.Response(404, json={"code": "agent_missing"}))

    lost.agents.delete("a")
    with pytest.raises(MissingError):
        absent.agents.delete("a")

    assert len(sent) == 2


def test_attempts_end() -> None:
    away, sent = _client(_AWAY)
    gone, _ = _client(_REFUSED)

    with pytest.raises(ServerError):
        _read(away)
    with pytest.raises(ConnectionFailedError, match="refused"):
        _read(gone)

    assert len(sent) == QUICK.attempts


def test_retry_after_is_a_number_of_seconds_or_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    earlier = format_datetime(datetime.now(UTC) - timedelta(seconds=40), usegmt=True)

    assert seconds_of("7") == 7
    assert 38 < (seconds_of(later) or 0) <= 40
    assert seconds_of(earlier) == 0
    assert [seconds_of(each) for each in (None, "", "soon", "-1", "٣")] == [None] * 5
    assert QUICK.pause(1, 3.0) == 3.0
    assert QUICK.pause(1, 9_999_999.0) == 60.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidError),
        (401, UnauthenticatedError),
        (403, ForbiddenError),
        (404, MissingError),
        (409, ConflictError),
        (418, ApiError),
        (422, InvalidError),
        (429, RateLimitedError),
        (500, ServerError),
    ],
)
def test_problem_document_becomes_an_error_of_its_kind(status: int, kind: type[ApiError]) -> None:
    problem = {
        "title": "No",
        "detail": "The name is taken.",
        "code": "name_taken",
        "remedy": "Choose another.",
        "request_id": "r1",
        "errors": [{"field": "name", "message": "is taken"}],
    }
    client, _ = _client(httpx.Response(status, json=problem, headers={"Retry-After": "0"}))

    with pytest.raises(kind) as refused:
        _create(client)

    error = refused.value
    assert type(error) is kind
    assert (error.status, error.code, error.remedy, error.request_id) == (status, "name_taken", "Choose another.", "r1")
    assert error.fields[0]["field"] == "name"


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]", b"null", b'"x"', b"\xff"])
def test_answer_that_is_no_problem_document_is_an_error_all_the_same(body: bytes) -> None:
    client, _ = _client(httpx.Response(403, content=body))

    with pytest.raises(ForbiddenError) as refused:
        _create(client)

    assert (refused.value.code, refused.value.detail) == ("error", "Status 403.")


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_id_that_leads_elsewhere_is_not_sent(wrong: str) -> None:
    client, sent = _client(_DONE)

    with pytest.raises(ValueError, match="id"):
        client.agents.delete(wrong)

    assert sent == []


def test_id_is_one_part_of_the_path() -> None:
    client, sent = _client(_DONE)

    client.agents.get("../users/me?x=1#f")

    assert sent[0].url.raw_path == b"/api/v1/agents/..%2Fusers%2Fme%3Fx%3D1%23f"


def test_instants_and_ids_are_written_and_no_other_object() -> None:
    client, sent = _client(_DONE)
    at, run = datetime(2026, 3, 4, 5, 6, tzinfo=UTC), UUID("01a20000-0000-7000-8000-000000000000")

    odd: Any = client  # what no type allows
    odd.schedules.backfill("s", start=at, run=run)
    with pytest.raises(TypeError, match="set is not JSON"):
        odd.agents.create(name={"a"})
    with pytest.raises(ValueError, match="JSON"):
        odd.agents.create(name=float("nan"))

    assert json.loads(sent[0].content) == {"start": "2026-03-04T05:06:00+00:00", "run": str(run)}


def test_files_are_given_as_content_path_open_file_or_by_name(tmp_path: Path) -> None:
    client, sent = _client(_DONE)
    file = tmp_path / "picture.png"
    file.write_bytes(b"png")

    client.conversations.upload_attachment(b"plain")
    client.conversations.upload_attachment(file)
    with file.open("rb") as opened:
        client.conversations.upload_attachment(opened)
    client.conversations.upload_attachment(("n.txt", b"text"), media_type="text/markdown")

    told = [request.content.decode(errors="replace") for request in sent]
    assert 'filename="file"' in told[0]
    assert all('filename="picture.png"' in each and "image/png" in each for each in told[1:3])
    assert "text/markdown" in told[3]


def test_redirects_are_not_followed_and_the_key_goes_nowhere_else() -> None:
    client, sent = _client(httpx.Response(307, headers={"Location": "http://evil.example/"}))

    with pytest.raises(ApiError, match="307"):
        client.agents.get("a")

    assert [request.url.host for request in sent] == ["retinue"]


_FIRST = httpx.Response(200, content=b"event: run.started\nid: 1\ndata: {}\n\n: a comment\n\nevent: token\ndata: {}\n\n")
_REST = httpx.Response(200, content=b"event: run.completed\nid: 2\ndata: {}\n\nevent: end\nid: 3\ndata: {}\n\n")


def test_stream_goes_on_from_the_last_event_after_a_loss() -> None:
    client, sent = _client(_AWAY, _FIRST, _LOST, _REST)

    events = [(event.type, event.id) for event in client.runs.stream("r")]

    assert events == [("run.started", 1), ("token", None), ("run.completed", 2)]
    assert [request.headers.get("Last-Event-ID") for request in sent] == [None, None, "1", "1"]


def test_stream_that_is_refused_or_never_comes_back_raises() -> None:
    refused, _ = _client(httpx.Response(404, json={"code": "run_missing"}))
    gone, sent = _client(_FIRST, _REFUSED)

    with pytest.raises(MissingError):
        list(refused.runs.stream("r"))
    with pytest.raises(ConnectionFailedError):
        list(gone.runs.stream("r"))

    assert len(sent) == 1 + QUICK.attempts - 1
