"""The unmodified Python clients of Supabase: signing in, changes under a filter, broadcasts, presence and new tokens."""

from tests.cast import PASSWORD
from tests.realtime.conftest import Realtime, Supabase, Told, table


async def _sign_in(client: Supabase, realtime: Realtime) -> Told:
    olga = realtime.cast.olga
    signed = await client.do("sign_in", email=olga.email, password=PASSWORD)
    assert (signed["error"], signed["user"]) == (None, str(olga.user_id))
    return signed


async def test_python_client_receives_the_changes_of_its_filter_and_goes_on_with_a_new_token(realtime: Realtime) -> None:
    olga, anna = realtime.cast.olga, realtime.cast.anna
    async with realtime.python_client() as client:
        wrong = await client.do("sign_in", email=olga.email, password="wrong")
        signed = await _sign_in(client, realtime)
        await client.subscribe("agent-changes", table("agents", filter=f"created_by=eq.{olga.user_id}"))
        await client.wait(lambda told: told.get("system", {}).get("status") == "ok")

        await realtime.agent(anna, "Of Anna")
        agent = await realtime.agent(olga, "Market watcher")
        refreshed = await client.do("refresh")
        await olga.http.patch(f"/agents/{agent['id']}", json={"name": "Renamed"})
        await olga.http.delete(f"/agents/{agent['id']}")
        changes = [each["data"] for each in await client.wait_changes("agent-changes", 3)]
        await client.do("unsubscribe", name="agent-changes")
        await client.wait(lambda told: told.get("status") == "CLOSED")

    assert wrong["error"] == "invalid_credentials"
    assert refreshed["user"] == signed["user"]
    assert [each["type"] for each in changes] == ["INSERT", "UPDATE", "DELETE"]
    assert [each["record"]["name"] for each in changes[:2]] == ["Market watcher", "Renamed"]
    assert changes[2]["old_record"] == {"id": agent["id"]}


async def test_python_and_javascript_clients_hear_and_see_one_another(realtime: Realtime) -> None:
    vera = realtime.cast.vera
    async with realtime.python_client() as client, realtime.client() as other:
        await _sign_in(client, realtime)
        await client.subscribe("room", broadcast="moved", presence="olga")
        await other.sign_in(vera)
        await other.subscribe("room", broadcast="moved", presence=True, config={"presence": {"key": "vera"}})

        await client.do("send", name="room", event="moved", payload={"x": 1})
        await client.do("http_send", name="room", event="moved", payload={"x": 2})
        heard = await other.wait(lambda told: "broadcast" in told, count=2)
        await other.do("send", name="room", event="moved", payload={"x": 3})
        answered = await client.wait(lambda told: told.get("broadcast", {}).get("payload") == {"x": 3})

        await client.do("track", name="room", payload={"doing": "reading"})
        await other.wait(lambda told: "olga" in told.get("present", {}))
        await other.do("track", name="room", payload={"doing": "writing"})
        both = await client.wait(lambda told: {"olga", "vera"} <= set(told.get("present", {})))
        await client.do("untrack", name="room")
        await other.wait(lambda told: "present" in told and "olga" not in told["present"] and "vera" in told["present"])

    assert [each["broadcast"]["payload"] for each in heard] == [{"x": 1}, {"x": 2}]
    assert answered
    assert both[-1]["present"]["vera"][0]["doing"] == "writing"


async def test_channel_of_the_python_client_ends_with_its_session(realtime: Realtime) -> None:
    async with realtime.python_client() as client:
        await _sign_in(client, realtime)
        await client.subscribe("agents", table("agents"))
        await client.do("sign_out")
        await client.wait(lambda told: told.get("status") == "CLOSED")
        told = [(each["status"], each["error"]) for each in client.told if "status" in each]

    assert [status for status, _ in told] == ["SUBSCRIBED", "CHANNEL_ERROR", "CLOSED"]
    assert "the session has ended" in told[1][1]
