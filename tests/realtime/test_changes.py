"""Row changes as the unmodified client of Supabase receives them."""

from tests.realtime.conftest import Realtime, table


async def test_snippet_of_the_document_receives_inserts_updates_and_deletions(realtime: Realtime) -> None:
    olga = realtime.cast.olga
    async with realtime.client() as client:
        await client.sign_in(olga)
        await client.subscribe("agent-changes", table("agents", filter=f"created_by=eq.{olga.user_id}"))

        agent = await realtime.agent(olga, "Market watcher")
        await olga.http.patch(f"/agents/{agent['id']}", json={"name": "Renamed"})
        await olga.http.delete(f"/agents/{agent['id']}")
        changes = await client.wait_changes("agent-changes", 3)

    assert [each["eventType"] for each in changes] == ["INSERT", "UPDATE", "DELETE"]
    assert changes[0]["new"]["name"] == "Market watcher"
    assert changes[1]["new"]["name"] == "Renamed"
    assert changes[2]["old"] == {"id": agent["id"]}
    assert all(each["errors"] is None and each["table"] == "agents" for each in changes)
