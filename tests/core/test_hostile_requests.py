"""Requests that mean no good, through the server: each is refused with a problem document that names field and remedy."""

import gzip
from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

import orjson
import pytest

from tests.cast import Cast
from tests.client import Response

JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nhi\r\n'


def _deep(levels: int) -> bytes:
    return b'{"type": "agent", "target_id": "%s", "input": %s}' % (
        str(uuid4()).encode(),
        b'{"a":' * levels + b"1" + b"}" * levels,
    )


def _schema(levels: int) -> bytes:
    schema = b'{"properties":{"a":' * levels + b"{}" + b"}}" * levels
    return b'{"name": "t", "tool_type": "api", "configuration": {}, "parameters_schema": %s}' % schema


@dataclass(frozen=True)
class Case:
    """A body, where it is sent, and the field that its refusal names."""

    path: str
    content_type: str
    body: bytes
    field: str


CASES = {
    "cut off": Case("/agents", JSON, b'{"name": ', "body"),
    "latin-1": Case("/agents", JSON, '{"name": "é"}'.encode("latin-1"), "body"),
    "utf-16": Case("/agents", JSON, '{"name": "x"}'.encode("utf-16"), "body"),
    "compressed": Case("/agents", JSON, b"\x1f\x8b\x08", "body"),
    "an array": Case("/agents", JSON, b"[]", "body"),
    "a form": Case("/agents", "application/x-www-form-urlencoded", b"name=x", "body"),
    "NUL": Case("/agents", JSON, b'{"config": {"parameters": {"stop": ["a\\u0000"]}}}', "config.parameters.stop.0"),
    "a long number for a name": Case("/agents", JSON, b'{"name": %s}' % (b"9" * 400), "name"),
    "a number without end": Case("/agents", JSON, b'{"name": %s}' % (b"9" * 1001), "name"),
    "a huge number": Case(
        "/agents", JSON, b'{"name": "n", "config": {"limits": {"max_steps": 1e300}}}', "config.limits.max_steps"
    ),
    "unknown": Case("/agents", JSON, b'{"name": "n", "config": {"limit": 1}}', "config.limit"),
    "twice": Case("/agents", JSON, b'{"name": "n", "icon": "bot", "name": "m"}', "name"),
    "100,000 brackets": Case("/agents", JSON, b"[" * 100_000, "body"),
    "100,000 closed brackets": Case("/agents", JSON, b"[" * 100_000 + b"]" * 100_000, "body"),
    "a deep input": Case("/runs", JSON, _deep(1000), "body"),
    "a deep schema": Case("/tools", JSON, _schema(400), "body"),
    "no boundary": Case("/attachments", "multipart/form-data", b"--x--", "body"),
    "garbage for a form": Case("/attachments", FORM, b"garbage", "body"),
    "3,000 parts": Case("/attachments", FORM, b"".join(PART % number for number in range(3000)) + b"--x--\r\n", "body"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_hostile_body_is_refused_by_field_and_remedy(cast: Cast, case: Case) -> None:
    refused = await cast.anna.http.post(case.path, data=case.body, headers={"Content-Type": case.content_type})

    assert refused.status in {400, 422}, refused.text[:500]
    _assert_helps(refused)
    assert case.field in [each["field"] for each in refused.json["errors"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=" + "9" * 5000, "limit"),
        ("limit=0", "limit"),
        ("status=nope", "status"),
        ("cursor=AAAA", "cursor"),
        ("agent_id=%ff", "agent_id"),
        ("q=%00", "query"),
        ("q=" + "a" * 10_000, "q"),
    ],
)
async def test_a_hostile_query_is_refused_by_field_and_remedy(cast: Cast, query: str, field: str) -> None:
    refused = await cast.anna.http.get(f"/runs?{query}")

    assert refused.status == 422
    _assert_helps(refused)
    assert [each["field"] for each in refused.json["errors"]] == [field]


async def test_a_compressed_body_is_told_to_come_as_it_is(cast: Cast) -> None:
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    refused = await cast.anna.http.post("/agents", data=gzip.compress(b'{"name": "n"}'), headers=headers)

    assert refused.status == 422
    _assert_helps(refused)
    assert [each["field"] for each in refused.json["errors"]] == ["Content-Encoding"]


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(cast: Cast) -> None:
    body = BytesIO(b'{"name": "' + b"a" * 4_194_304 + b'"}')
    refused = await cast.anna.http.post("/agents", data=body, headers={"Content-Type": JSON})

    assert (refused.status, refused.json["code"]) == (413, "too_large")
    assert refused.json["remedy"]


async def test_many_wrong_fields_do_not_make_a_long_answer(cast: Cast) -> None:
    body = orjson.dumps({f"field_{number}": number for number in range(40_000)})
    refused = await cast.anna.http.post("/agents", data=body, headers={"Content-Type": JSON})

    assert refused.status == 422
    _assert_helps(refused)
    assert len(refused.text) < 20_000


async def test_a_field_is_named_as_it_was_sent(cast: Cast) -> None:
    body = {"name": "t", "tool_type": "api", "configuration": {"url": "https://example.com"}, "parameters_schema": 5}
    refused = await cast.anna.http.post("/tools", json=body)

    assert refused.status == 422
    assert {each["field"] for each in refused.json["errors"]} == {"parameters_schema"}


@pytest.mark.parametrize(
    "path", ["/agents/{}", "/runs/{}", "/tools/{}", "/conversations/{}", "/model-providers/{}", "/nowhere"]
)
async def test_what_is_not_there_says_what_to_do(cast: Cast, path: str) -> None:
    missing = await cast.otto.http.request("DELETE" if "providers" in path else "GET", path.format(uuid4()))

    assert missing.status == 404
    assert missing.json["remedy"]


def _assert_helps(refused: Response) -> None:
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json["remedy"]
    assert refused.json["errors"]
    assert all(each["field"] and each["message"] and each["remedy"] for each in refused.json["errors"])
