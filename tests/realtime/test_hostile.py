"""What no client sends: the connection survives it or is closed with a reason, and nobody else notices."""

import asyncio
import time
import warnings
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import jwt
import jwt.warnings
import pytest

from retinue.process import Process
from tests.realtime.conftest import Realtime, table
from tests.realtime.socket import connected, token_of
from tests.serving import serve

_FRAMES: list[Any] = [
    "",
    "no JSON",
    "{}",
    "[]",
    "[1,2,3]",
    '[null,null,null,"phx_join",{}]',
    '[null,null,"realtime:x","phx_join",[]]',
    '[null,[],"realtime:x","phx_join",{}]',
    '[null,null,"realtime:x\\u0000","phx_join",{}]',
    "[" * 5000,
    b"",
    b"\x03",
    b"\x03\xff\xff\xff\xff\xff\x01short",
    b"\x09abc",
]


@pytest.mark.parametrize("frame", _FRAMES, ids=range(len(_FRAMES)))
async def test_frame_that_is_none_is_survived(realtime: Realtime, frame: str | bytes) -> None:
    async with connected(realtime) as socket:
        await (socket.ws.send_str(frame) if isinstance(frame, str) else socket.ws.send_bytes(frame))
        await socket.send(None, "7", "phoenix", "heartbeat", {})
        answer = await socket.receive()

    assert answer == [None, "7", "phoenix", "phx_reply", {"status": "ok", "response": {}}]


_CONFIGS: list[dict[str, Any]] = [
    {"postgres_changes": "agents"},
    {"postgres_changes": [None, 1, []]},
    {"postgres_changes": [{"table": {"a": 1}, "schema": 7, "event": []}]},
    {"postgres_changes": [{"table": "users"}, {"table": "api_keys"}, {"table": "pg_shadow", "schema": "pg_catalog"}]},
    {"postgres_changes": [{"table": "agents", "filter": "password=eq.1"}, {"table": "agents", "filter": "id=eq.no"}]},
    {"postgres_changes": [{"table": "agents", "select": ["id", "secret"]}, {"table": "agents", "since": "never"}]},
    {"broadcast": [], "presence": 1, "private": {}},
]


@pytest.mark.parametrize("config", _CONFIGS, ids=range(len(_CONFIGS)))
async def test_join_with_a_wrong_config_is_answered(realtime: Realtime, config: dict[str, Any]) -> None:
    token = await token_of(realtime, realtime.cast.olga)
    async with connected(realtime) as socket:
        await socket.send("1", "1", "realtime:x", "phx_join", {"config": config, "access_token": token})
        answer = await socket.event("phx_reply")
        await socket.send(None, "2", "phoenix", "heartbeat", {})
        told: list[list[Any]] = []
        while (frame := await socket.receive())[1] != "2":
            told.append(frame)

    assert answer[4]["status"] == "ok"
    assert all(frame[4]["status"] == "error" for frame in told if frame[3] == "system" and frame[4]["extension"] != "system")


def _forged(realtime: Realtime, token: str, other: str) -> dict[str, str]:
    """Return tokens by what is wrong with them. Some are signed with the installation's own key, which nobody has."""
    key = realtime.process.resources.secrets.derive("realtime.jwt")[0]
    head, body, signature = token.split(".")
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    others: dict[str, Any] = jwt.decode(other, options={"verify_signature": False})

    def signed(algorithm: str = "HS256", with_key: bytes = key, **changed: Any) -> str:
        document = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        with warnings.catch_warnings(category=jwt.warnings.InsecureKeyLengthWarning, action="ignore"):
            return jwt.encode(document, with_key, algorithm=algorithm)

    return {
        "no token": "nonsense",
        "no signature": f"{head}.{body}.",
        "a wrong signature": f"{head}.{body}.{signature[::-1]}",
        "the algorithm none": f"eyJhbGciOiJub25lIn0.{body}.",
        "the algorithm none and a signature": f"eyJhbGciOiJub25lIn0.{body}.{signature}",
        "another algorithm": signed("HS512"),
        "another key": signed(with_key=b"0" * 32),
        "the publishable key as the key": signed(with_key=realtime.key.encode()),
        "another audience": signed(aud="anon"),
        "no audience": signed(aud=None),
        "no session": signed(session_id=None),
        "the session of another person": signed(session_id=others["session_id"]),
        "another person": signed(sub=others["sub"]),
        "expired": signed(exp=int(time.time()) - 1),
        "never expires": signed(exp=None),
        "ids that are none": signed(sub="1", session_id="2"),
        "too long": signed(email="x" * 10_000),
    }


async def test_forged_tokens_join_nothing_send_nothing_and_are_nobody(realtime: Realtime) -> None:
    cast = realtime.cast
    token, other = await token_of(realtime, cast.olga), await token_of(realtime, cast.otto)
    session = cast.nobody.session
    for what, wrong in _forged(realtime, token, other).items():
        async with connected(realtime) as socket:
            answer = await socket.join("x", wrong, table("agents"))
        headers = {"apikey": realtime.key, "Authorization": f"Bearer {wrong}"}
        async with session.get(f"{realtime.url}/auth/v1/user", headers=headers) as user:
            is_nobody = user.status == 403
        url = f"{realtime.url}/realtime/v1/api/broadcast/room/events/moved"
        async with session.post(url, json={}, headers=headers) as sent:
            is_refused = sent.status == 401
        is_told = answer[4]["status"] == "error" and answer[4]["response"]["reason"].startswith("InvalidJWTToken")
        assert (is_told, is_nobody, is_refused) == (True, True, True), what


async def test_token_of_another_person_in_a_channel_takes_the_rights_of_the_first(realtime: Realtime) -> None:
    cast = realtime.cast
    async with connected(realtime) as socket:
        await socket.join(f"{cast.acme}:room", await token_of(realtime, cast.olga), table("agents"))
        await socket.send(
            "1", "2", f"realtime:{cast.acme}:room", "access_token", {"access_token": await token_of(realtime, cast.otto)}
        )
        await socket.send(None, "3", "phoenix", "heartbeat", {})
        while (await socket.receive())[1] != "3":
            pass
        await realtime.agent(cast.olga, "Of Acme")
        async with connected(realtime) as sender:
            await sender.join(f"{cast.acme}:room", await token_of(realtime, cast.vera), broadcast={"ack": True})
            await sender.send(
                "1", "2", f"realtime:{cast.acme}:room", "broadcast", {"type": "broadcast", "event": "moved", "payload": {}}
            )
            assert (await sender.event("phx_reply"))[4]["status"] == "ok"
        await realtime.agent(cast.otto, "Of Globex")
        told = await socket.receive()

    assert told[3] == "postgres_changes"
    assert told[4]["data"]["record"]["name"] == "Of Globex"


async def test_messages_and_presences_that_cannot_be_sent_on_harm_nobody(realtime: Realtime) -> None:
    token = await token_of(realtime, realtime.cast.olga)
    deep: Any = 1
    for _ in range(250):
        deep = {"a": deep}
    async with connected(realtime) as socket, connected(realtime) as other:
        await socket.join("room", token, presence={"enabled": True, "key": "olga"}, broadcast={"ack": True})
        for payload in (deep, {"a": "x" * 9000}):
            await socket.send("1", "2", "realtime:room", "presence", {"event": "track", "payload": payload})
        await socket.send("1", "3", "realtime:room", "broadcast", {"event": "moved", "payload": deep})
        document = {"event": "track", "payload": {"phx_ref": "of another", "doing": "reading"}}
        await socket.send("1", "4", "realtime:room", "presence", document)
        refused = await socket.event("phx_reply")
        await socket.event("presence_diff")
        await other.join("room", token, presence={"enabled": True})
        state = (await other.event("presence_state"))[4]

    assert refused[4]["response"]["reason"].startswith("PayloadTooLarge")
    assert state["olga"]["metas"][0]["doing"] == "reading"
    assert state["olga"]["metas"][0]["phx_ref"] != "of another"


async def test_broadcasts_by_http_are_limited_and_refused_with_a_reason(realtime: Realtime) -> None:
    session = realtime.cast.nobody.session
    headers = {"Authorization": f"Bearer {await token_of(realtime, realtime.cast.olga)}"}
    base = f"{realtime.url}/realtime/v1/api/broadcast"
    deep = "[" * 300 + "]" * 300
    cases: list[tuple[str, str | bytes, int]] = [
        ("", "no JSON", 422),
        ("", '{"messages": 1}', 422),
        ("", '{"messages": [1]}', 422),
        ("", '{"messages": [{"topic": "", "event": "moved"}]}', 422),
        ("", f'{{"messages": [{{"topic": "room", "event": "moved", "payload": {deep}}}]}}', 422),
        ("/room/events/moved", "no JSON", 422),
        ("/room/events/moved", deep, 422),
        (f"/{'x' * 500}/events/moved", "{}", 422),
        ("/room/events/moved", b"x" * 300_000, 413),
        ("/room%2Fone/events/moved", "{}", 202),
    ]
    for path, body, status in cases:
        async with session.post(f"{base}{path}", data=body, headers=headers) as response:
            assert response.status == status, (path, str(body)[:60], await response.text())
    message: dict[str, Any] = {"topic": "room", "event": "moved", "payload": {}}
    full = {"messages": [message] * 100}
    statuses: set[int] = set()
    for _ in range(4):
        async with session.post(base, json=full, headers=headers) as response:
            statuses.add(response.status)

    assert statuses in ({202, 429}, {429})


async def test_connection_without_the_key_or_of_another_version_is_refused(realtime: Realtime) -> None:
    session = realtime.cast.nobody.session
    url = f"{realtime.url}/realtime/v1/websocket"
    for parameters, status in (({"vsn": "2.0.0"}, 401), ({"apikey": realtime.key, "vsn": "3.0.0"}, 400)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, params=parameters)
        assert refused.value.status == status


async def test_flood_is_cut_with_a_reason(realtime: Realtime) -> None:
    async with connected(realtime) as socket:
        for number in range(2000):
            if socket.ws.closed:
                break
            try:
                await socket.send(None, str(number), "phoenix", "heartbeat", {})
            except (ConnectionError, aiohttp.ClientError):
                break
        code, reason = await socket.closed()

    assert (code, "Too many messages" in reason) == (1012, True)


async def test_many_wrong_frames_are_cut_with_a_reason(realtime: Realtime) -> None:
    async with connected(realtime) as socket:
        for _ in range(12):
            await socket.ws.send_str("wrong")
        code, reason = await socket.closed()

    assert (code, "not of the protocol" in reason) == (1012, True)


async def test_too_many_channels_are_refused(realtime: Realtime) -> None:
    async with connected(realtime) as socket:
        for number in range(60):
            await socket.send(str(number), str(number), f"realtime:{number}", "phx_join", {"config": {}})
        answers = [(await socket.event("phx_reply"))[4] for _ in range(60)]

    refused = [each["response"]["reason"] for each in answers if each["status"] == "error"]
    assert refused
    assert all(reason.startswith("ClientJoinRateLimitReached") for reason in refused)


async def test_slow_reader_is_cut_and_others_are_not(realtime: Realtime) -> None:
    cast = realtime.cast
    token = await token_of(realtime, cast.olga)
    async with connected(realtime) as slow, connected(realtime) as sender:
        await slow.join("room", token)
        await sender.join("room", token)
        slow.ws._reader._protocol.pause_reading()
        payload = {"type": "broadcast", "event": "moved", "payload": "x" * 200_000}
        for number in range(40):
            await sender.send("1", str(number), "realtime:room", "broadcast", payload)
        await sender.send(None, "last", "phoenix", "heartbeat", {})
        assert (await sender.event("phx_reply"))[1] == "last"
        slow.ws._reader._protocol.resume_reading()
        code, reason = await slow.closed()

    assert (code, "too slowly" in reason) == (1012, True)


async def test_connections_of_an_address_and_of_a_user_are_limited(realtime: Realtime, environ: dict[str, str]) -> None:
    limits = {"RETINUE_REALTIME_CONNECTIONS_PER_ADDRESS": "4", "RETINUE_REALTIME_CONNECTIONS_PER_USER": "2"}
    process = Process({**environ, **limits})
    await process.start()
    mine, other = await token_of(realtime, realtime.cast.olga), await token_of(realtime, realtime.cast.adam)
    try:
        async with serve(process) as client, AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(connected(realtime, base=client.base_url)) for _ in range(4)]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await stack.enter_async_context(connected(realtime, base=client.base_url))
            assert refused.value.status == 429
            answers = [(await each.join("a", mine, table("agents")))[4] for each in opened[:3]]
            assert [each["status"] for each in answers] == ["ok", "ok", "error"]
            assert answers[2]["response"]["reason"].startswith("ConnectionRateLimitReached")
            assert (await opened[0].join("b", mine, table("agents")))[4]["status"] == "ok"
            assert (await opened[3].join("a", other, table("agents")))[4]["status"] == "ok"
            await opened[0].ws.close()
            async with asyncio.timeout(5):
                while (await opened[2].join("a", mine, table("agents")))[4]["status"] != "ok":
                    pass
            await stack.enter_async_context(connected(realtime, base=client.base_url))
    finally:
        await process.stop()


async def test_huge_frame_ends_one_connection_and_no_other(realtime: Realtime) -> None:
    token = await token_of(realtime, realtime.cast.olga)
    async with connected(realtime) as victim, connected(realtime) as huge:
        assert (await victim.join("agents", token, table("agents")))[4]["status"] == "ok"
        for frame in ("x" * 1_000_000, '["1","1","realtime:a","broadcast",{"a":"' + "y" * 900_000 + '"}]'):
            await huge.ws.send_str(frame)
        await huge.ws.send_bytes(b"\x03\xff" + b"z" * 1_000_000)
        await huge.send(None, "7", "phoenix", "heartbeat", {})
        assert (await huge.event("phx_reply"))[1] == "7"
        await realtime.agent(realtime.cast.olga, "After the frame")
        told = await victim.event("postgres_changes")

    assert told[4]["data"]["record"]["name"] == "After the frame"


async def test_no_filter_and_no_deletion_reveals_rows_of_others(realtime: Realtime) -> None:
    cast = realtime.cast
    secret = await realtime.agent(cast.olga, "Secret of Acme")
    token = await token_of(realtime, cast.otto)
    filters = [
        f"organization_id=eq.{cast.acme}",
        f"id=eq.{secret['id']}",
        f"id=in.({secret['id']})",
        "name=like.Secret%",
        "name=not.is.null",
        f"created_by=eq.{cast.olga.user_id}",
    ]
    async with connected(realtime) as socket:
        entries = [table("agents"), *(table("agents", filter=each) for each in filters), table("*"), table("*", schema="*")]
        for number, entry in enumerate(entries):
            await socket.join(str(number), token, entry)
        await cast.olga.http.patch(f"/agents/{secret['id']}", json={"description": "changed"})
        await cast.olga.http.delete(f"/agents/{secret['id']}")
        own = await realtime.agent(cast.otto, "Of Globex")
        told = [await socket.event("postgres_changes")]
        while told[-1][2] != "realtime:8":
            told.append(await socket.event("postgres_changes"))
        await cast.otto.http.delete(f"/agents/{own['id']}")
        gone = (await socket.event("postgres_changes"))[4]["data"]

    assert {frame[4]["data"]["record"]["organization_id"] for frame in told} == {str(cast.globex)}
    assert str(cast.acme) not in str(told)
    assert secret["id"] not in str(told)
    assert (gone["type"], gone["old_record"]) == ("DELETE", {"id": own["id"]})


async def test_joins_that_are_refused_again_and_again_end_the_connection(realtime: Realtime) -> None:
    async with connected(realtime) as socket:
        for number in range(30):
            await socket.send("1", str(number), "realtime:a", "phx_join", {"config": {}, "access_token": "wrong"})
        code, reason = await socket.closed()

    assert (code, "Too many joins are refused" in reason) == (1012, True)
