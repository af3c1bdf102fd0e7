"""Broadcast and presence: within organizations, and over several API processes."""

from retinue.process import Process
from tests.realtime.conftest import Realtime, supabase
from tests.realtime.socket import connected, token_of
from tests.serving import serve


async def test_members_hear_one_another_over_two_processes(realtime: Realtime, environ: dict[str, str]) -> None:
    cast = realtime.cast
    second = Process(environ)
    await second.start()
    async with (
        serve(second) as other,
        realtime.client() as olga,
        supabase(realtime.folder, other.base_url, realtime.key) as vera,
    ):
        for client, person in ((olga, cast.olga), (vera, cast.vera)):
            await client.sign_in(person)
            await client.subscribe("room", broadcast="moved", config={"broadcast": {"ack": True}})
        large = "x" * 20_000
        assert (await olga.do("send", name="room", event="moved", payload={"x": 1}))["sent"] == "ok"
        await olga.do("send", name="room", event="moved", payload={"text": large})
        told = await vera.wait(lambda told: "broadcast" in told, count=2)
        heard = [each for each in olga.told if "broadcast" in each]
    await second.stop()

    assert sorted(len(str(each["broadcast"]["payload"])) > 1000 for each in told) == [False, True]
    assert heard == []


async def test_other_organizations_hear_nothing(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as olga, realtime.client() as otto, realtime.client() as vera:
        for client, person in ((olga, cast.olga), (otto, cast.otto), (vera, cast.vera)):
            await client.sign_in(person)
            await client.subscribe("room", broadcast="moved", presence=True)
        await otto.do("send", name="room", event="moved", payload={"from": "otto"})
        await otto.do("track", name="room", payload={"name": "otto"})
        await olga.do("send", name="room", event="moved", payload={"from": "olga"})
        await olga.do("track", name="room", payload={"name": "olga"})
        await vera.wait(lambda told: "broadcast" in told)
        present = await vera.wait(lambda told: "olga" in str(told.get("present", {})))
        heard = [each["broadcast"]["payload"] for each in vera.told if "broadcast" in each]

    assert heard == [{"from": "olga"}]
    assert "otto" not in str([each for each in vera.told if "present" in each])
    assert present


async def test_presence_comes_and_goes_over_two_processes(realtime: Realtime, environ: dict[str, str]) -> None:
    cast = realtime.cast
    second = Process(environ)
    await second.start()
    async with serve(second) as other, realtime.client() as olga:
        await olga.sign_in(cast.olga)
        await olga.subscribe("room", presence=True, config={"presence": {"key": "olga"}})
        assert (await olga.do("track", name="room", payload={"doing": "reading"}))["tracked"] == "ok"
        async with supabase(realtime.folder, other.base_url, realtime.key) as vera:
            await vera.sign_in(cast.vera)
            await vera.subscribe("room", presence=True, config={"presence": {"key": "vera"}})
            await vera.wait(lambda told: "olga" in told.get("present", {}))
            await vera.do("track", name="room", payload={"doing": "writing"})
            await olga.wait(lambda told: "vera" in told.get("present", {}))
            await vera.do("untrack", name="room")
            await olga.wait(lambda told: "present" in told and "vera" not in told["present"] and "olga" in told["present"])
    await second.stop()


async def test_topic_of_an_organization_is_for_its_members(realtime: Realtime) -> None:
    cast = realtime.cast
    async with connected(realtime) as socket:
        own = await socket.join(f"{cast.acme}:room", await token_of(realtime, cast.vera))
        foreign = await socket.join(f"{cast.globex}:room", await token_of(realtime, cast.vera))
        private = await socket.join("secret", None, private=True)

    assert own[4]["status"] == "ok"
    assert "do not have permissions" in foreign[4]["response"]["reason"]
    assert private[4]["status"] == "error"


async def test_broadcast_by_http_reaches_members(realtime: Realtime) -> None:
    cast = realtime.cast
    token = await token_of(realtime, cast.olga)
    async with connected(realtime) as socket:
        await socket.join("room", await token_of(realtime, cast.vera))
        body = {"messages": [{"topic": "room", "event": "moved", "payload": {"x": 1}}]}
        url = f"{realtime.url}/realtime/v1/api/broadcast"
        session = cast.nobody.session
        async with session.post(url, json=body) as response:
            assert response.status == 401
        async with session.post(url, json=body, headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == 202
        told = await socket.event("broadcast")

    assert told[4]["payload"] == {"x": 1}
