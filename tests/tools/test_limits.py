"""Limits, versions, used-by and ledger of a tool, for every type."""

import asyncio
from typing import Any

from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast
from tests.tools.conftest import Api, make_tool, try_tool


async def test_a_tool_is_called_so_many_times_a_minute(cast: Cast, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": api.url}, limits={"rate_per_minute": 3})
    other = await make_tool(cast.anna, {"url": api.url}, name="other")

    answers = await asyncio.gather(*(try_tool(cast.anna, tool["id"], {}) for _ in range(8)))

    assert sum(answer["ok"] for answer in answers) == len(api.seen) == 3
    assert all("3 times a minute" in answer["error"] for answer in answers if not answer["ok"])
    assert (await try_tool(cast.anna, other["id"], {}))["ok"]


async def test_a_call_ends_at_the_tools_own_limit_of_time(cast: Cast, api: Api) -> None:
    api.held = asyncio.Event()
    tool = await make_tool(cast.anna, {"url": api.url}, limits={"timeout_seconds": 0.3})

    answer = await try_tool(cast.anna, tool["id"], {})

    assert "0.3 seconds" in answer["error"]


async def test_an_answer_is_cut_at_the_tools_own_limit_of_size(cast: Cast, api: Api) -> None:
    api.headers, api.body = {"Content-Type": "text/plain"}, b"x" * 5000
    tool = await make_tool(cast.anna, {"url": api.url}, limits={"response_bytes": 2000})

    answer = await try_tool(cast.anna, tool["id"], {})

    assert answer["output"].startswith("x" * 2000 + "… (cut: 5000 bytes")


async def test_calls_reach_the_tools_own_hosts_only(cast: Cast, api: Api) -> None:
    closed = await make_tool(cast.anna, {"url": api.url}, limits={"allowed_hosts": ["*.example.com"]})
    opened = await make_tool(cast.anna, {"url": api.url}, name="opened", limits={"allowed_hosts": ["127.0.0.1"]})
    database = {"engine": "postgresql", "host": "127.0.0.1", "database": "x"}
    credentials = {"type": "password", "username": "x", "password": "xxxxxx"}
    query = await make_tool(
        cast.anna,
        database,
        name="db",
        tool_type="database",
        limits={"allowed_hosts": ["db.example.com"]},
        credentials=credentials,
    )

    accepted = {"description": "", "parameters_schema": {"type": "object"}, "suggested_effect": "read_only"}
    server = await make_tool(
        cast.anna,
        {"url": f"{api.url}/mcp", "tool": "search", "accepted": accepted},
        name="mcp",
        tool_type="mcp",
        limits={"allowed_hosts": ["mcp.example.com"]},
    )

    assert "not among the hosts" in (await try_tool(cast.anna, server["id"], {}))["error"]
    assert "not among the hosts" in (await try_tool(cast.anna, closed["id"], {}))["error"]
    assert (await try_tool(cast.anna, opened["id"], {}))["ok"]
    assert "not among the hosts" in (await try_tool(cast.anna, query["id"], {"statement": "SELECT 1"}))["error"]


_WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"rate_per_minute": 0}, "limits.rate_per_minute"),
    ({"rate_per_minute": "5"}, "limits.rate_per_minute"),
    ({"timeout_seconds": 0}, "limits.timeout_seconds"),
    ({"response_bytes": 10}, "limits.response_bytes"),
    ({"allowed_hosts": ["a b"]}, "limits.allowed_hosts.0"),
    ({"allowed_hosts": "example.com"}, "limits.allowed_hosts"),
    ({"retries": 3}, "limits.retries"),
)


async def test_wrong_limits_are_named(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": "https://example.com"}, name="held", limits={"rate_per_minute": 5})
    for limits, field in _WRONG:
        body = {"name": "x", "tool_type": "api", "configuration": {"url": "https://example.com"}, "limits": limits}

        assert await fields_of(cast.anna, "POST", "/tools", body) == (422, [field])
        assert await fields_of(cast.anna, "PATCH", f"/tools/{tool['id']}", {"limits": limits}) == (422, [field])
    assert (await cast.anna.http.get(f"/tools/{tool['id']}")).json["limits"] == {"rate_per_minute": 5}


async def test_hosts_are_no_limit_of_a_tool_that_calls_none(cast: Cast) -> None:
    body = {"name": "x", "tool_type": "custom", "configuration": {"code": "def main() -> int:\n    return 1\n"}}

    assert await fields_of(cast.anna, "POST", "/tools", {**body, "limits": {"allowed_hosts": ["a.b"]}}) == (
        422,
        ["limits.allowed_hosts"],
    )


async def test_every_change_is_a_version_and_an_earlier_one_is_restored(cast: Cast) -> None:
    first = await make_tool(cast.anna, {"url": "https://example.com/a", "query": {"q": "{q}"}}, description="Old")
    path = f"/tools/{first['id']}"
    changed = (await cast.anna.http.patch(
        path, json={"description": "New", "configuration": {"url": "https://example.com/b"}, "parameters_schema": None,
                    "limits": {"rate_per_minute": 7}}
    )).json  # fmt: skip
    same = (await cast.anna.http.patch(path, json={"description": "New", "is_active": False})).json
    versions = (await cast.vera.http.get(f"{path}/versions")).json["items"]
    changes = (await cast.vera.http.get(f"{path}/versions/2/changes?from_version=1")).json["changes"]

    restored = (await cast.anna.http.post(f"{path}/versions/1/restore")).json

    told = {change["field"]: (change["before"], change["after"]) for change in changes}
    assert (first["version"], changed["version"], same["version"]) == (1, 2, 2)
    assert [(each["version"], each["created_by"]["full_name"] != "") for each in versions] == [(2, True), (1, True)]
    assert versions[1]["snapshot"]["configuration"] == first["configuration"]
    assert told["description"] == ("Old", "New")
    assert told["configuration.url"] == ("https://example.com/a", "https://example.com/b")
    assert told["configuration.query.q"] == ("{q}", None)
    assert told["limits.rate_per_minute"] == (None, 7)
    assert "effect" not in told
    assert restored["version"] == 3
    assert {name: restored[name] for name in ("description", "configuration", "parameters_schema", "limits")} == {
        name: first[name] for name in ("description", "configuration", "parameters_schema", "limits")
    }
    assert (await cast.anna.http.get(f"{path}/versions/3")).json["note"] == "Version 1 restored"


async def test_versions_are_the_organizations_own(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": "https://example.com"})
    path = f"/tools/{tool['id']}"

    for person, status in ((cast.otto, 404), (cast.vera, 403)):
        assert (await person.http.post(f"{path}/versions/1/restore")).status == status
    for place in ("versions", "versions/1", "versions/1/changes?from_version=1", "used-by", "calls"):
        assert (await cast.otto.http.get(f"{path}/{place}")).status == 404
        assert (await cast.vera.http.get(f"{path}/{place}")).status == 200
    assert (await cast.anna.http.get(f"{path}/versions/9")).json["code"] == "tool_version_missing"
    assert (await cast.anna.http.post(f"{path}/versions/9/restore")).status == 404


async def test_a_version_that_calls_another_host_asks_for_credentials(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": "https://one.example.com"})
    path = f"/tools/{tool['id']}"
    credentials = {"type": "bearer", "token": "abcdef"}
    moved = {"configuration": {"url": "https://two.example.com"}, "credentials": credentials}
    assert (await cast.anna.http.patch(path, json=moved)).status == 200

    assert await fields_of(cast.anna, "POST", f"{path}/versions/1/restore", None) == (422, ["credentials"])


async def test_a_tool_says_who_uses_it(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": "https://example.com"}, name="used")
    agents = [
        await make_agent(cast.anna, name=f"User {number}", config={"tools": [{"name": "used"}]}) for number in range(3)
    ]
    path = f"/tools/{tool['id']}/used-by"

    first = (await cast.vera.http.get(f"{path}?limit=2")).json
    rest = (await cast.vera.http.get(f"{path}?limit=2&cursor={first['next_cursor']}")).json

    assert [user["id"] for user in first["items"] + rest["items"]] == [agent["id"] for agent in agents[::-1]]
    assert {user["type"] for user in first["items"]} == {"agent"}
