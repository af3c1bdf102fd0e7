"""Who receives a change: the policies of the database decide, for each reader."""

from tests.realtime.conftest import Realtime, table


async def test_members_are_told_and_other_organizations_are_not(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as vera, realtime.client() as otto:
        await vera.sign_in(cast.vera)
        await otto.sign_in(cast.otto)
        await vera.subscribe("all", table("agents"))
        await otto.subscribe("all", table("agents"))

        agent = await realtime.agent(cast.olga)
        await cast.olga.http.patch(f"/agents/{agent['id']}", json={"name": "Renamed"})
        await cast.olga.http.delete(f"/agents/{agent['id']}")
        seen = await vera.wait_changes("all", 3)
        own = await realtime.agent(cast.otto, "Of Globex")
        told = await otto.wait_changes("all", 1)

    assert [each["eventType"] for each in seen] == ["INSERT", "UPDATE", "DELETE"]
    assert [each["new"]["id"] for each in told] == [own["id"]]


async def test_private_conversations_are_told_to_their_person_alone(realtime: Realtime) -> None:
    cast = realtime.cast
    agent = await realtime.agent(cast.olga, status="active")
    tables = [table(name) for name in ("conversations", "messages", "runs", "agents")]
    async with realtime.client() as anna, realtime.client() as olga:
        await anna.sign_in(cast.anna)
        await olga.sign_in(cast.olga)
        await anna.subscribe("own", *tables)
        await olga.subscribe("own", *tables)

        made = await cast.anna.http.post("/conversations", json={"agent_id": agent["id"]})
        assert made.status == 201, made.text
        sent = await cast.anna.http.post(f"/conversations/{made.json['id']}/messages", json={"content": "Keep this to us"})
        assert sent.status == 202, sent.text
        runs = await anna.wait_changes("own", 1, number=2)
        await anna.wait_changes("own", 1, number=1)
        await anna.wait_changes("own", 1, number=0)
        deleted = await cast.anna.http.delete(f"/conversations/{made.json['id']}")
        assert deleted.status == 204, deleted.text
        await anna.wait(lambda told: told.get("change", {}).get("eventType") == "DELETE" and told["number"] == 0)
        await realtime.agent(cast.olga, "The last")
        await olga.wait(lambda told: told.get("change", {}).get("new", {}).get("name") == "The last")

    assert runs[0]["new"]["conversation_id"] == made.json["id"]
    assert "private_to_user_id" not in runs[0]["new"]
    assert [olga.changes("own", number) for number in range(3)] == [[], [], []]


async def test_notifications_are_told_to_their_person_alone(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as olga, realtime.client() as vera:
        for client, person in ((olga, cast.olga), (vera, cast.vera)):
            await client.sign_in(person)
            changed = table("notifications", "INSERT", filter=f"user_id=eq.{cast.olga.user_id}")
            await client.subscribe("user-notifications", changed)
            await client.subscribe("agents", table("agents"))
        agent = await realtime.agent(cast.olga)
        activated = await cast.olga.http.post(f"/agents/{agent['id']}/activate")
        assert activated.status == 200, activated.text
        told = await olga.wait_changes("user-notifications", 1)
        await vera.wait_changes("agents", 2)

    assert told[0]["new"]["user_id"] == str(cast.olga.user_id)
    assert vera.changes("user-notifications") == []


async def test_rows_that_leave_a_filter_are_told_as_deleted(realtime: Realtime) -> None:
    olga = realtime.cast.olga
    async with realtime.client() as client:
        await client.sign_in(olga)
        await client.subscribe("active", table("agents", filter="status=eq.active"))

        agent = await realtime.agent(olga, status="active")
        paused = await olga.http.post(f"/agents/{agent['id']}/pause")
        assert paused.status == 200, paused.text
        await olga.http.patch(f"/agents/{agent['id']}", json={"name": "Renamed while paused"})
        await olga.http.post(f"/agents/{agent['id']}/activate")
        changes = await client.wait_changes("active", 3)

    assert [each["eventType"] for each in changes] == ["INSERT", "DELETE", "UPDATE"]
    assert changes[1]["old"] == {"id": agent["id"]}
    assert changes[2]["new"]["name"] == "Renamed while paused"


async def test_session_sees_every_organization_of_its_person(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as client:
        made = await cast.olga.http.post("/organizations", json={"name": f"Second {cast.marker}"})
        await client.sign_in(cast.olga)
        await client.subscribe("all", table("agents"))

        headers = {"X-Retinue-Organization": made.json["id"]}
        await cast.olga.http.post("/agents", json={"name": "There"}, headers=headers)
        await realtime.agent(cast.olga, "Here")
        changes = await client.wait_changes("all", 2)

    assert {each["new"]["organization_id"] for each in changes} == {made.json["id"], str(cast.acme)}


async def test_without_a_session_nothing_is_told_and_the_client_learns_why(realtime: Realtime) -> None:
    async with realtime.client() as client:
        await client.subscribe("all", table("agents"))
        told = await client.wait(lambda told: "system" in told)

    assert told[0]["system"]["status"] == "error"
    assert "sign in first" in told[0]["system"]["message"]


async def test_role_without_the_permission_learns_why(realtime: Realtime) -> None:
    async with realtime.client() as client:
        await client.sign_in(realtime.cast.vera)
        await client.subscribe("usage", table("api_usage"))
        told = await client.wait(lambda told: "system" in told)

    assert "your role does not allow reading api_usage" in told[0]["system"]["message"]


async def test_no_secret_columns_are_published(realtime: Realtime) -> None:
    rows = await realtime.process.database.statement("SELECT table_name, column_name FROM realtime.describe()", ())
    names = {f"{table_name}.{column}" for table_name, column in rows}

    hidden = ("hash", "encrypted", "secret", "storage_key", "private")
    assert not [name for name in names if any(part in name for part in hidden)]
    assert "users.password_hash" not in names
