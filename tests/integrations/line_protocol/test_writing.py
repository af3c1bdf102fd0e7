"""Writing lines: credentials, mapping to metrics, what is refused and how, and that nothing is lost without being told."""

import gzip
import logging
import time
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest

from retinue.identity.users.settings import UserSettings
from retinue.integrations.line_protocol.reading import BODY_BYTES
from retinue.process import Process
from tests.integrations.line_protocol.conftest import Influx, make_agent, make_key

_LINE = "load,agent=Support\\ Desk value=1"


def _basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


async def test_each_way_of_the_clients_to_send_a_key_is_accepted(influx: Influx) -> None:
    key = influx.key
    both = [f"Token {key}", f"Bearer {key}", f"token user:{key}", _basic(f"anyone:{key}")]

    for path in ("/api/v2/write", "/write"):
        for value in both:
            assert (await influx.write(_LINE, path, headers={"Authorization": value})).status == 204, (path, value[:6])
    assert (await influx.write(_LINE, "/write", params={"u": "x", "p": key}, headers={})).status == 204
    assert (await influx.write(_LINE, "/write", params={"p": key}, headers={})).status == 204
    assert len(await influx.points()) == 10


async def test_without_a_valid_key_nothing_is_written(influx: Influx) -> None:
    wrong = f"{influx.key[:-1]}{'a' if influx.key[-1] != 'a' else 'b'}"
    values = [None, "", "Token", "Basic x", _basic(influx.key), f"Token {wrong}", f"Digest {influx.key}", "Bearer \xff"]
    anna = influx.meter.http
    await anna.get("/auth/session")
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in anna.cookies.items())}

    for path in ("/api/v2/write", "/write"):
        for value in values:
            sent = await influx.write(_LINE, path, headers={} if value is None else {"Authorization": value})
            assert sent.status == 401, (path, value)
            assert set(sent.json) == ({"code", "message"} if "v2" in path else {"error"})
            assert "Token" in sent.headers["WWW-Authenticate"]
        assert (await influx.write(_LINE, path, headers=cookie)).status == 401
    assert (await influx.write(_LINE, params={"p": influx.key}, headers={})).status == 401
    assert await influx.points() == []


async def test_a_key_needs_the_scope_of_reporting_metrics(influx: Influx) -> None:
    reader = await make_key(influx.meter.scene.cast.olga, "metrics:read", "agents:write")
    headers = {"Authorization": f"Token {reader}"}

    second = await influx.write(_LINE, headers=headers)
    first = await influx.write(_LINE, "/write", headers=headers)

    assert (second.status, second.json["code"]) == (403, "forbidden")
    assert (first.status, set(first.json)) == (403, {"error"})
    assert await influx.points() == []


async def test_agents_of_another_organization_do_not_exist(influx: Influx) -> None:
    otto = influx.meter.scene.cast.otto
    headers = {"Authorization": f"Token {await make_key(otto, 'metrics:write')}"}
    lines = (
        f"load,agent=Support\\ Desk value=1\nload,agent_id={influx.agent_id} value=2\nload,agent={influx.agent_id} value=3"
    )

    sent = await influx.write(lines, headers=headers)

    assert sent.status == 400
    assert sent.json["message"].startswith("no data written, errors encountered on line(s):\nline 1: ")
    assert sent.json["message"].count("does not exist") == 3
    assert await influx.points() == []


async def test_a_batch_of_several_agents_is_written_to_each(influx: Influx) -> None:
    olga = influx.meter.scene.cast.olga.http
    other = await make_agent(olga, "Büro=1, Süd")
    for name in ("Twin", "Twin"):
        await make_agent(olga, name)
    lines = "\n".join(
        [
            "load,agent=Support\\ Desk value=1",
            "load,agent=Büro\\=1\\,\\ Süd value=2",
            f"load,agent_id={other} value=3",
            f"load,agent={other} value=4",
            "load,agent=Twin value=5",
        ]
    )

    sent = await influx.write(lines)

    assert sent.json["message"].splitlines()[1:] == [
        "line 5: unable to parse 'load,agent=Twin value=5': field value: agent Twin is the name of 2 agents"
    ]
    assert [value for _, value, _, _ in await influx.points()] == [Decimal(1)]
    assert [value for _, value, _, _ in await influx.points(other)] == [Decimal(2), Decimal(3), Decimal(4)]


@pytest.mark.parametrize(
    ("line", "metric"),
    [
        ("response_time,agent=A value=1", "response_time"),
        ("cpu,agent=A usage_idle=1", "cpu.usage_idle"),
        ("Disk-I/O,agent=A Read.Bytes=1", "disk_i_o.read.bytes"),
        ("http\\ requests\\,total,agent=A 5\\ xx=1", "http_requests_total.5_xx"),
    ],
)
async def test_measurement_and_field_name_the_metric(influx: Influx, line: str, metric: str) -> None:
    agent = await make_agent(influx.meter.scene.cast.olga.http, "A")

    sent = await influx.write(line)

    assert sent.status == 204, sent.text
    assert [name for name, _, _, _ in await influx.points(agent)] == [metric]


async def test_units_are_fixed_by_the_first_point(influx: Influx) -> None:
    agent = "agent=Support\\ Desk"
    lines = f"size,{agent},unit=bytes value=1\nsize,{agent} value=2\nsize,{agent},unit=KiB value=3\n"
    lines += f"cost,{agent},unit=eur value=4"

    sent = await influx.write(lines)

    assert [line.rpartition("value: ")[2] for line in sent.json["message"].splitlines()[1:]] == [
        "unit of size is bytes, not KiB",
        "unit of cost is usd, not eur",
    ]
    assert [(name, value, unit) for name, value, unit, _ in await influx.points()] == [
        ("size", Decimal(1), "bytes"),
        ("size", Decimal(2), "bytes"),
    ]


_BAD = [
    ("load", "missing fields"),
    ("load,agent=A", "missing fields"),
    ("load,agent=A ", "missing fields"),
    (",agent=A value=1", "missing measurement"),
    ("load,agent value=1", "missing tag value"),
    ("load,agent= value=1", "missing tag value"),
    ("load,=A value=1", "missing tag key"),
    ("load,agent=A=B value=1", "invalid tag format"),
    ("load,agent=A,agent=B value=1", "duplicate tag agent"),
    ("load,agent=A value", "missing field value"),
    ("load,agent=A value=", "missing field value"),
    ("load,agent=A =1", "missing fields"),
    ("load,agent=A value=1,", "missing field key"),
    ("load,agent=A value=1,value=2", "duplicate field value"),
    ("load,agent=A value=one", "invalid number"),
    ("load,agent=A value=NaN", "invalid number"),
    ("load,agent=A value=1e999", "out of range"),
    ("load,agent=A value=9223372036854775808i", "out of range"),
    ("load,agent=A value=-1u", "out of range"),
    ("load,agent=A value=1e16", "field value is not between -10^15 and 10^15"),
    ('load,agent=A value="one"', "field value is a string; metrics are numbers"),
    ('load,agent=A value="one', "unbalanced quotes"),  # the last quote: else it would join lines
    ("load,agent=A value=true", "field value is a boolean; metrics are numbers"),
    ("load,agent=A value=1 yesterday", "bad timestamp"),
    ("load,agent=A value=1 9223372036854775808", "bad timestamp"),
    ("load,agent=A value=1 1 1", "bad timestamp"),
    ("load,agent=A value=1 9223372036854775807", "recorded_at is in the future"),
    ("load,agent=A value=1 -9223372036854775808", "recorded_at is more than 14 days ago"),
    ("load value=1", "the tag agent is missing; send the name or the id of an agent"),
    ("load,agent=A,agent_id=B value=1", "the line has both tags agent and agent_id; send one of them"),
    ("load,agent_id=A value=1", "the tag agent_id is not an id; send a name as the tag agent"),
    ("load,agent=A,unit=\u00e4 value=1", "the tag unit may have up to 50 visible ASCII characters and no spaces"),
    ("1load,agent=A value=1", "the metric 1load must begin with a letter and have at most 100 characters"),
    ("run_status,agent=A value=1", "metric_type is counted from runs alone"),
    (f"load,agent=A,long={'x' * 4096} value=1", "measurement and tags have more than 4096 bytes"),
    ("load,agent=A\0 value=1", "the line holds a NUL character"),
    (b"load,agent=\xff value=1", "the line is not UTF-8"),
]


async def test_each_bad_line_is_told_with_its_number_and_the_others_are_written(influx: Influx) -> None:
    await make_agent(influx.meter.scene.cast.olga.http, "A")
    good = b"good,agent=Support\\ Desk value=%d"
    lines = [
        part
        for index, (bad, _) in enumerate(_BAD)
        for part in (bad if isinstance(bad, bytes) else bad.encode(), good % index)
    ]

    second = await influx.write(b"\r\n".join(lines))
    first = await influx.write(b"\n".join(lines), "/write")

    told = second.json["message"].splitlines()[1:]
    assert (second.status, second.json["code"], second.json["line"]) == (400, "invalid", 1)
    assert len(told) == len(_BAD)
    for index, (text, (_, reason)) in enumerate(zip(told, _BAD, strict=True)):
        assert text.startswith(f"line {2 * index + 1}: unable to parse '"), text
        assert reason in text
    assert first.status == 400
    assert first.json["error"].startswith("partial write: line 1: unable to parse 'load': missing fields\n")
    assert first.json["error"].endswith(f" dropped={len(_BAD)}")
    values = sorted(value for name, value, _, _ in await influx.points() if name == "good")
    assert values == sorted([*range(len(_BAD))] * 2)


async def test_a_quote_over_several_lines_hides_no_line_without_being_told(influx: Influx) -> None:
    lines = 'a,agent=Support\\ Desk note="x\nb,agent=Support\\ Desk value=2" x\nc,agent=Support\\ Desk value=3'

    sent = await influx.write(lines)

    assert "line 1: " in sent.json["message"]
    assert "bad timestamp; a quote joins the lines 1 to 2" in sent.json["message"]
    assert [name for name, _, _, _ in await influx.points()] == ["c"]


@pytest.mark.parametrize(
    ("path", "precision", "per_second"),
    [
        *(("/api/v2/write", *each) for each in ((None, 10**9), ("ns", 10**9), ("us", 10**6), ("ms", 1000), ("s", 1))),
        *(("/write", *each) for each in ((None, 10**9), ("n", 10**9), ("u", 10**6), ("ms", 1000), ("s", 1))),
        ("/write", "m", 1 / 60),
        ("/write", "h", 1 / 3600),
    ],
)
async def test_timestamps_have_the_precision_that_is_named(
    influx: Influx, path: str, precision: str | None, per_second: float
) -> None:
    hour = int(time.time()) // 3600 * 3600
    params = {} if precision is None else {"precision": precision}

    sent = await influx.write(f"{_LINE} {round(hour * per_second)}", path, params=params)

    assert sent.status == 204, sent.text
    query = "SELECT extract(epoch FROM recorded_at) FROM agent_metrics WHERE agent_id = %s"
    assert [row[0] for row in await influx.meter.scene.owner(query, influx.agent_id)] == [hour]


@pytest.mark.parametrize(
    ("path", "params", "text"),
    [
        ("/api/v2/write", {"precision": "h"}, "invalid precision; valid: ns, us, ms, s"),
        ("/write", {"precision": "d"}, "invalid precision; valid: n, ns, u, us, ms, s, m, h"),
        ("/api/v2/write", {"db": "x"}, "the parameter db is not supported"),
        ("/write", [("db", "x"), ("db", "y")], "the parameter db is given more than once"),
        ("/write", {"db": "\0"}, "NUL character"),
    ],
)
async def test_a_query_that_is_not_valid_is_refused(influx: Influx, path: str, params: Any, text: str) -> None:
    sent = await influx.write(_LINE, path, params=params)

    assert sent.status == 400
    assert text in sent.json["message" if "v2" in path else "error"]
    assert await influx.points() == []


async def test_a_body_that_is_not_valid_is_refused(influx: Influx) -> None:
    key = {"Authorization": f"Token {influx.key}"}
    packed = gzip.compress(_LINE.encode())
    cases = [
        (b"nonsense", "gzip", 400, "the body is not valid gzip"),
        (packed[:-5], "gzip", 400, "the gzip body ends too early"),
        (packed, "br", 400, "the Content-Encoding is not supported; send gzip or none"),
        (b"#" * (BODY_BYTES + 1), "identity", 413, "the body has more than"),
        (gzip.compress(b"#" * (BODY_BYTES + 1)), "gzip", 413, "the body has more than"),
        (b"x\n" * 20_001, "identity", 413, "the batch has more than 20,000 lines"),
        (
            b"\n".join(b"m " + b",".join(b"f%d=1" % n for n in range(4001)) for _ in range(5)),
            "identity",
            413,
            "20,000 fields",
        ),
        (b"\n".join(b"m,agent=a%d value=1" % n for n in range(501)), "identity", 413, "more than 500 agents"),
    ]

    for path in ("/api/v2/write", "/write"):
        for body, coding, status, text in cases:
            sent = await influx.write(body, path, headers={**key, "Content-Encoding": coding})
            assert (sent.status, text in sent.text) == (status, True), (path, sent.text[:300])
    assert await influx.points() == []


async def test_comments_and_empty_lines_are_left_out(influx: Influx) -> None:
    sent = await influx.write(f"# a comment\n\n  \n{_LINE}\r\n\t\n#{_LINE}")

    assert sent.status == 204
    assert (await influx.write("")).status == 204
    assert len(await influx.points()) == 1


async def test_a_point_that_is_sent_again_is_written_once(influx: Influx) -> None:
    now = time.time_ns()
    lines = (
        f"{_LINE} {now}\nload,agent=Support\\ Desk other=2 {now}\n{_LINE} {now + 1}\nload,agent=Support\\ Desk value=3 {now}"
    )

    sent = [await influx.write(lines) for _ in range(3)]

    assert [each.status for each in sent] == [204] * 3
    found = [(name, value) for name, value, _, _ in await influx.points()]
    assert sorted(found) == [("load", Decimal(1))] * 2 + [("load", Decimal(3)), ("load.other", Decimal(2))]


async def test_a_number_is_stored_exactly(influx: Influx) -> None:
    agent = "agent=Support\\ Desk"
    numbers = ["0.1", "-7i", "18u", "1e3", "999999999999999.000000000000000000000001", "0e9", "1.25e-25", ".5", "-0"]
    lines = "\n".join(f"n{index},{agent} value={number}" for index, number in enumerate(numbers))

    sent = await influx.write(lines)

    assert sent.status == 204, sent.text
    query = "SELECT value::text FROM agent_metrics WHERE agent_id = %s ORDER BY metric_type"
    stored = [Decimal(row[0]) for row in await influx.meter.scene.owner(query, influx.agent_id)]
    assert stored == [Decimal(number.rstrip("iu")) if number != "1.25e-25" else Decimal(0) for number in numbers]


async def test_writes_are_part_of_the_usage_and_the_key_of_the_query_is_nowhere(
    influx: Influx, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    await influx.meter.settle()  # the buffer of requests is full of what earlier tests left
    caplog.set_level(logging.DEBUG, "retinue")
    await influx.write(_LINE, "/write", params={"u": "x", "p": influx.key, "db": "secretdb"}, headers={})
    await influx.write("bad", "/write", params={"u": "x", "p": influx.key, "db": "secretdb"}, headers={})
    await influx.write(_LINE)
    await influx.meter.settle()

    rows = (await influx.meter.usage("endpoint", kind="request"))["items"]

    calls = {row["endpoint"]: (row["calls"], row["failed_calls"]) for row in rows if "write" in str(row["endpoint"])}
    assert calls == {"/write": (2, 1), "/api/v2/write": (1, 0)}
    organization = influx.meter.scene.cast.acme
    stored = await influx.meter.scene.owner(
        "SELECT to_jsonb(u)::text FROM api_usage u WHERE organization_id = %s", organization
    )
    out, err = capfd.readouterr()
    server_lines = [record.getMessage() for record in caplog.records if record.name.startswith("retinue")]
    for text in [*(row[0] for row in stored), out, err, *server_lines]:
        assert influx.key not in text
        assert "secretdb" not in text


async def test_a_key_that_writes_too_often_must_wait(influx: Influx, process: Process) -> None:
    settings = process.resources.settings
    before = settings[UserSettings]
    settings[UserSettings] = UserSettings(subscription_tiers="free=3,pro=40")
    try:
        sent = [await influx.write(_LINE) for _ in range(4)] + [await influx.write(_LINE, "/write")]
    finally:
        settings[UserSettings] = before

    assert [each.status for each in sent] == [204, 204, 204, 429, 429]
    assert sent[3].json["code"] == "too many requests"
    assert set(sent[4].json) == {"error"}
    assert all(1 <= int(each.headers["Retry-After"]) <= 60 for each in sent[3:])
    assert len(await influx.points()) == 3
