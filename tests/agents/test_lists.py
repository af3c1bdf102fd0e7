from datetime import UTC, datetime, timedelta

import psycopg

from retinue.core.ids import new_id
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.conftest import Postgres

STARTERS = ["Assistant", "Calculator desk", "Note keeper"]


async def test_a_new_organization_has_three_agents_that_work(cast: Cast) -> None:
    items = (await cast.otto.http.get("/agents")).json["items"]

    assert [each["name"] for each in items] == STARTERS
    assert {(each["status"], each["presence"], each["is_custom"]) for each in items} == {("active", "online", False)}
    assert [each["warnings"] for each in items] == [[], [], []]
    assert [[tool["name"] for tool in each["config"]["tools"]] for each in items] == [
        [],
        ["calculator", "current_time"],
        ["write_artifact"],
    ]
    versions = (await cast.otto.http.get(f"/agents/{items[0]['id']}/versions")).json["items"]
    assert [each["note"] for each in versions] == ["Starter agent"]


async def test_pages_cover_the_list_once(cast: Cast) -> None:
    made = [(await make_agent(cast.anna, name=f"Agent {number}"))["id"] for number in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await cast.vera.http.get(f"/agents?limit=2{cursor}")).json
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen[:5] == made[::-1]
    assert len(seen) == len(set(seen)) == 5 + len(STARTERS)


async def test_agents_are_found_by_text_category_and_status(cast: Cast) -> None:
    first = await make_agent(cast.anna, name="100% Ü_ber", category="sales")
    second = await make_agent(cast.anna, description="Reads 100 letters", category="hr")
    await cast.anna.http.post(f"/agents/{second['id']}/pause")

    async def found(query: str) -> list[str]:
        return [each["id"] for each in (await cast.vera.http.get(f"/agents?{query}")).json["items"]]

    assert await found("q=100%25") == [first["id"]]
    assert await found("q=Ü_BER") == [first["id"]]
    assert await found("q=letters") == [second["id"]]
    assert await found("category=sales") == [first["id"]]
    assert await found("status=paused") == [second["id"]]
    assert await found("status=paused&category=sales") == []
    assert (await cast.vera.http.get("/agents?category=x")).status == 422
    assert (await cast.vera.http.get("/agents?limit=0")).status == 422


async def test_popular_takes_in_what_is_used_most(cast: Cast, postgres: Postgres) -> None:
    named = await make_agent(cast.anna, name="Named", category="popular")
    used = await make_agent(cast.anna, name="Used", category="hr")
    past = await make_agent(cast.anna, name="Past", category="hr")
    with psycopg.connect(postgres.owner_url) as connection:
        for agent, days in ((used, 1), (past, 40)):
            connection.execute(
                "INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, plan,"
                " input, trace_id, created_at) VALUES (%s, %s, 'agent', %s, 'x', %s, 'completed', 'manual',"
                " '{}', '{}', 'x', %s)",
                (new_id(), cast.acme, agent["id"], agent["id"], datetime.now(UTC) - timedelta(days=days)),
            )

    popular = (await cast.vera.http.get("/agents?category=popular")).json["items"]

    assert [each["id"] for each in popular] == [used["id"], named["id"]]
