from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from retinue.agents import repository
from retinue.agents.types import KNOWN_TYPES
from retinue.core.ids import new_id
from retinue.process import Process
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.conftest import Postgres
from tests.explaining import explaining

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


async def test_agents_have_a_type_that_is_edited_and_filtered_by(cast: Cast) -> None:
    http = cast.anna.http
    market = (await http.post("/agents", json={"name": "Watcher", "type": "market"})).json
    plain = (await http.post("/agents", json={"name": "Plain"})).json

    changed = await http.patch(f"/agents/{plain['id']}", json={"type": "my-own_type2"})
    copy = (await http.post(f"/agents/{market['id']}/duplicate")).json
    versions = (await http.get(f"/agents/{plain['id']}/versions")).json["items"]
    restored = await http.post(f"/agents/{plain['id']}/versions/1/restore")

    assert (market["type"], plain["type"], copy["type"]) == ("market", "custom", "market")
    assert (changed.json["type"], changed.json["version"]) == ("my-own_type2", 2)
    assert [each["snapshot"]["type"] for each in versions] == ["my-own_type2", "custom"]
    assert restored.json["type"] == "custom"
    listed = (await http.get("/agents?type=market")).json["items"]
    assert [each["id"] for each in listed] == [copy["id"], market["id"]]
    assert (await http.get("/agents?type=unheard-of")).json["items"] == []


@pytest.mark.parametrize("name", ["", "Market", "1st", "two words", "x" * 41])
async def test_an_invalid_type_name_is_refused(cast: Cast, name: str) -> None:
    refused = await cast.anna.http.post("/agents", json={"name": "Watcher", "type": name})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "type")


async def test_an_agent_takes_the_type_of_its_template_and_gives_it_on(cast: Cast) -> None:
    http = cast.anna.http
    templates = (await http.get("/agent-templates?type=websearch")).json["items"]
    body = {"template_id": templates[0]["id"], "parameters": {"topic": "bikes"}}

    agent = (await http.post("/agents", json=body)).json
    other = (await http.post("/agents", json=body | {"type": "media"})).json
    saved = (await http.post("/agent-templates", json={"agent_id": agent["id"], "name": "Mine"})).json
    renamed = (await http.post("/agent-templates", json={"agent_id": agent["id"], "name": "Mine 2", "type": "alarm"})).json

    assert (agent["type"], other["type"]) == ("websearch", "media")
    assert (saved["type"], renamed["type"]) == ("websearch", "alarm")


async def test_every_type_of_a_built_in_template_is_known(cast: Cast) -> None:
    templates = (await cast.anna.http.get("/agent-templates?limit=200")).json["items"]

    assert {each["type"] for each in templates if each["is_built_in"]} <= set(KNOWN_TYPES)


_FILL = """
INSERT INTO agents (id, organization_id, created_by, name, type, category, config, created_at)
SELECT gen_random_uuid(), a.organization_id, a.created_by, 'Agent ' || n,
       CASE WHEN n %% 500 = 0 THEN 'alarm' ELSE 'custom' END, a.category, a.config, now() - n * interval '1 second'
FROM agents a, generate_series(1, 20000) n WHERE a.id = %s
"""


@pytest.mark.timeout(300)  # filling takes seconds on a quiet machine, and minutes on a busy one
async def test_agents_of_a_rare_type_are_read_off_an_index(cast: Cast, process: Process, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna, name="Template")
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(_FILL, (agent["id"],))
        owner.execute("VACUUM ANALYZE agents")

    async with process.database.context(cast.vera.actor) as ctx:
        with explaining(ctx) as plans:
            found = await repository.list_page(ctx, repository.Filters(type="alarm"), None, 20)

    assert len(found) == 21
    assert "agents_organization_id_type_created_at_idx" in plans[0], plans[0]
    assert "Seq Scan on agents" not in plans[0], plans[0]
