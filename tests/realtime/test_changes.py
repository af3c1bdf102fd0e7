"""Row changes as the unmodified client of Supabase receives them."""

from uuid import uuid4

from retinue.metrics import tasks as metrics
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


async def test_points_of_metrics_that_runs_add_are_told_each(realtime: Realtime) -> None:
    anna = realtime.cast.anna
    agent = await realtime.agent(anna, status="active")
    async with realtime.client() as client:
        await client.sign_in(anna)
        await client.subscribe("points", table("agent_metrics", filter=f"agent_id=eq.{agent['id']}"))
        sent = await anna.http.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": "Go."}})
        run = sent.json["id"]
        rating = f"/runs/{run}/feedback"
        await anna.http.post(f"/runs/{run}/cancel")
        await metrics.collect(realtime.process.database)
        assert (await anna.http.request("PUT", rating, json={"value": "up"})).status == 200
        await metrics.collect(realtime.process.database)
        assert (await realtime.cast.vera.http.request("PUT", rating, json={"value": "down"})).status == 200
        await metrics.collect(realtime.process.database)
        await anna.http.delete(rating)
        await realtime.cast.vera.http.delete(rating)
        await metrics.collect(realtime.process.database)
        changes = await client.wait_changes("points", 4)

    assert [each["eventType"] for each in changes] == ["INSERT", "INSERT", "UPDATE", "DELETE"]
    assert [(each["new"]["metric_type"], each["new"]["value"]) for each in changes[:3]] == [
        ("run_status", 1),
        ("accuracy", 100),
        ("accuracy", 50),
    ]
    assert changes[0]["new"]["metadata"] == {"status": "cancelled"}
    assert changes[3]["old"]["id"] == run


async def test_log_lines_of_the_same_id_in_two_runs_are_told_apart(realtime: Realtime) -> None:
    anna, line = realtime.cast.anna, uuid4()
    agent = await realtime.agent(anna, status="active")
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Go."}}
    runs = [(await anna.http.post("/runs", json=body)).json["id"] for _ in range(2)]
    for run in runs:
        await realtime.owner(
            "INSERT INTO run_logs (id, organization_id, run_id, message, level) SELECT %s, organization_id, id, id, 'info'"
            " FROM runs WHERE id = %s",
            line,
            run,
        )
    async with realtime.client() as client:
        await client.sign_in(anna)
        await client.subscribe("lines", table("run_logs"))
        await realtime.owner("UPDATE run_logs SET message = run_id || ', again' WHERE id = %s", line)
        await realtime.owner("DELETE FROM run_logs WHERE id = %s", line)
        changes = await client.wait_changes("lines", 4)

    assert sorted(each["new"]["message"] for each in changes[:2]) == sorted(f"{run}, again" for run in runs)
    assert sorted(each["old"]["run_id"] for each in changes[2:]) == sorted(runs)
