from tests.agents.conftest import make_agent
from tests.cast import Cast


async def test_each_change_is_kept_with_who_when_and_why(cast: Cast) -> None:
    agent = await make_agent(cast.anna, instructions="One.", note="First try")
    path = f"/agents/{agent['id']}"
    await cast.adam.http.patch(path, json={"instructions": "Two.", "note": "Shorter"})
    await cast.adam.http.patch(path, json={"instructions": "Two."})

    versions = (await cast.vera.http.get(f"{path}/versions")).json["items"]

    assert [(each["version"], each["note"], each["created_by"]["full_name"]) for each in versions] == [
        (2, "Shorter", f"Adam {cast.marker}"),
        (1, "First try", f"Anna {cast.marker}"),
    ]
    assert [each["snapshot"]["instructions"] for each in versions] == ["Two.", "One."]
    assert versions[0]["snapshot"]["config"] == agent["config"]


async def test_a_version_is_restored_as_a_new_one(cast: Cast) -> None:
    agent = await make_agent(cast.anna, instructions="One.", config={"tools": [{"name": "calculator"}]})
    path = f"/agents/{agent['id']}"
    await cast.anna.http.patch(path, json={"instructions": "Two.", "config": {}, "name": "Other"})

    restored = await cast.adam.http.post(f"{path}/versions/1/restore")
    newest = (await cast.vera.http.get(f"{path}/versions/3")).json

    assert restored.status == 200
    names = ("name", "instructions", "config")
    assert {name: restored.json[name] for name in names} == {name: agent[name] for name in names}
    assert restored.json["version"] == 3
    assert newest["note"] == "Version 1 restored"
    assert newest["created_by"]["full_name"] == f"Adam {cast.marker}"


async def test_a_version_whose_tools_are_gone_is_not_restored(cast: Cast) -> None:
    tool = (
        await cast.anna.http.post(
            "/tools", json={"name": "ping", "tool_type": "api", "configuration": {"url": "https://example.com/ping"}}
        )
    ).json
    agent = await make_agent(cast.anna, config={"tools": [{"name": "ping"}]})
    path = f"/agents/{agent['id']}"
    kept = await cast.anna.http.delete(f"/tools/{tool['id']}")
    await cast.anna.http.patch(path, json={"config": {}})
    gone = await cast.anna.http.delete(f"/tools/{tool['id']}")

    refused = await cast.anna.http.post(f"{path}/versions/1/restore")

    assert (kept.status, kept.json["code"], gone.status) == (409, "tool_in_use", 204)
    assert "Helper" in kept.json["detail"]
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "config.tools.0.name")
    assert (await cast.anna.http.get(path)).json["version"] == 2


async def test_versions_come_in_pages(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}"
    for number in range(4):
        await cast.anna.http.patch(path, json={"instructions": str(number)})

    first = (await cast.anna.http.get(f"{path}/versions?limit=3")).json
    second = (await cast.anna.http.get(f"{path}/versions?limit=3&cursor={first['next_cursor']}")).json

    assert [each["version"] for each in first["items"] + second["items"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
    assert (await cast.anna.http.get(f"{path}/versions?cursor=abc")).status == 422


async def test_missing_versions_are_told(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}/versions"

    assert (await cast.anna.http.get(f"{path}/7")).json["code"] == "agent_version_missing"
    assert (await cast.anna.http.post(f"{path}/7/restore")).status == 404
    assert (await cast.anna.http.get(f"{path}/0")).status == 422
    for where in ("", "/1"):
        assert (await cast.otto.http.get(f"{path}{where}")).status == 404
    assert (await cast.otto.http.post(f"{path}/1/restore")).status == 404
    assert (await cast.vera.http.post(f"{path}/1/restore")).status == 403
