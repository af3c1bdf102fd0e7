"""What belongs to one person, tried by the other members of the same organization, whatever their role.

The tables come out of the catalogue and the routes out of OpenAPI: a new table with a person's rows, or a new route to them,
is tried without being named here. ``SHARED`` lists the exceptions, each with its reason.
"""

import dataclasses
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from retinue.core.context import Actor, ActorKind
from retinue.core.permissions import Role
from retinue.identity.organizations.members import service as members
from tests.cast import PASSWORD, Person, make_user
from tests.client import Client
from tests.tenancy.routes import SAFE, Route, all_routes, send
from tests.tenancy.world import World

SHARED = {
    "api_usage": "costs by person are for those who may read usage; a row has a route, figures and ids, and no content",
    "usage_hours": "the sums of api_usage",
    "budget_entries": "amounts of a call for the ledger, which no route returns by run; nothing of what it says",
    "budget_grants": "amounts that persons allowed, which no route returns by run",
    "approval_decisions": "members see who decided about the runs they may see",
    "memberships": "members see one another",
    "run_feedback": "members see the ratings of the runs they may see",
    "metric_exports": "points of agents on their way to the operator's InfluxDB; name no person",
    "trace_exports": "names a run that ended, for the operator's collector, and nothing of what it says",
    "schedule_occurrences": "a schedule starts runs of the organization, never of a conversation",
    "user_avatars": "members see one another's pictures",
    "workflow_executions": "counters count private runs too; a row has a status and times alone",
}
"""Table with a column for a person → why the other members of the organization may see its rows."""
_PERSON_COLUMNS = ("user_id", "private_to_user_id")
_COLUMNS = """
SELECT c.oid::regclass::text, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_OWN_PARAMETERS = ("conversation_id", "share_id", "attachment_id", "run_id", "approval_id", "artifact_id")
_ROUTES = all_routes()
# Runs at the URL of a deployment belong to its callers and visitors: tests/deployments.
_OWN_ROUTES = [
    route for route in _ROUTES if set(route.parameters) & set(_OWN_PARAMETERS) and "target_id" not in route.parameters
]


@dataclass(frozen=True, slots=True)
class Private:
    """A conversation of Anna with the run of its answer and a row in every table that belongs to a run or a person."""

    world: World
    """Acme, whose conversation, run and so on are the private ones."""
    anna: Person
    secret: str
    strangers: dict[str, Person]
    """Other members of Acme, one of each role."""

    def tables(self) -> dict[str, tuple[str, Any]]:
        """Return, for each table of private rows, the column and value that find Anna's."""
        found: dict[str, tuple[str, Any]] = {}
        for table, column in self.world.owner.execute(_COLUMNS.encode()).fetchall():
            if column == "run_id":
                found.setdefault(table, (column, self.world.ids["run_id"]))
            if column in _PERSON_COLUMNS:
                found[table] = (column, self.anna.user_id)
        return {table: key for table, key in found.items() if table not in SHARED}

    def fingerprint(self) -> dict[str, Any]:
        """Return a digest of Anna's rows in each table."""
        seen: dict[str, Any] = {}
        for table, (column, value) in self.tables().items():
            query = f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t WHERE {column} = %s"  # noqa: S608, E501 - the names come from the catalogue
            seen[table] = self.world.owner.execute(query.encode(), (value,)).fetchone()
        return seen


@pytest.fixture(scope="session")
async def private(world: World) -> Private:
    """Give a private conversation, and those who may not see it."""
    secret = f"secret{secrets.token_hex(8)}"
    anna = world.cast.anna
    files = {"agent_id": await world.id_of("agent_id")}
    begun = await anna.http.post("/conversations", json={**files, "title": secret})
    conversation = begun.json["id"]
    said = await anna.http.post(f"/conversations/{conversation}/messages", json={"content": f"say {secret}"})
    assert said.status == 202, said.text
    run_id = said.json["run"]["id"]
    inner = dataclasses.replace(world, ids={**world.ids, "conversation_id": conversation, "run_id": run_id})
    filler = dataclasses.replace(inner.filler(), marker=secret, known={"user_id": anna.user_id, "created_by": anna.user_id})
    rows: dict[str, dict[str, Any]] = {}
    tables = Private(inner, anna, secret, {}).tables()
    for table, (column, value) in tables.items():
        if table in {"runs", "conversations", "messages"}:
            continue
        rows[table] = filler.make(table, **{column: value})
    stored = await world.process.resources.storage.put(f"private/{secret}", secret.encode())
    for table in ("run_artifacts", "attachments"):
        query = f"UPDATE {table} SET storage_key = %s, size = %s, type = 'text/plain' WHERE id = %s"  # noqa: S608
        world.owner.execute(query.encode(), (f"private/{secret}", stored.size_bytes, rows[table]["id"]))
    request = f'{{"messages": [{{"role": "user", "content": "{secret}"}}], "message_count": 1}}'
    query = "UPDATE run_steps SET step_type = 'llm_call', input = %s WHERE id = %s"
    world.owner.execute(query, (request, rows["run_steps"]["id"]))
    inner.ids["step_id"] = str(rows["run_steps"]["id"])
    inner.ids["approval_id"] = str(rows["approvals"]["id"])
    inner.ids["artifact_id"] = str(rows["run_artifacts"]["id"])
    inner.ids["attachment_id"] = str(rows["attachments"]["id"])
    inner.ids["share_id"] = str(rows["conversation_shares"]["id"])
    mia = await _colleague(world)
    cast = world.cast
    strangers = {"owner": cast.olga, "admin": cast.adam, "agent_manager": mia, "viewer": cast.vera}
    await mia.http.get("/users/me")
    return Private(inner, anna, secret, strangers)


async def _colleague(world: World) -> Person:
    """Make another member with Anna's role."""
    mark = f"mia{secrets.token_hex(4)}"
    user_id = await make_user(world.process, "mia", mark)
    async with world.process.database.context(world.cast.olga.actor) as ctx:
        await members.add(ctx, user_id, Role.AGENT_MANAGER, world.cast.olga.user_id)
    email = f"mia.{mark}@example.com"
    permissions = world.process.resources.permissions_of(Role.AGENT_MANAGER)
    actor = Actor(
        ActorKind.USER, user_id=user_id, organization_id=world.cast.acme, role=Role.AGENT_MANAGER, permissions=permissions
    )
    template = world.cast.anna.http
    http = Client(template.session, template.base_url, email=email, password=PASSWORD)
    return Person(user_id, email, "mia", world.cast.acme, actor, http)


def _each_role() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("role", ["owner", "admin", "agent_manager", "viewer"])


def _each_route(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=[route.key for route in routes])


def test_every_table_of_private_rows_has_some(private: Private) -> None:
    tables = private.tables()

    assert set(SHARED) <= {row[0] for row in private.world.owner.execute(_COLUMNS.encode()).fetchall()}
    assert {"runs", "messages", "run_steps", "checkpoints", "approvals"} <= set(tables)
    assert [table for table, (count, _) in private.fingerprint().items() if count == 0] == []


@_each_role()
async def test_rows_of_a_person_are_not_read_by_another_member(private: Private, role: str) -> None:
    async with private.world.process.database.context(private.strangers[role].actor) as ctx:
        for table, (column, value) in private.tables().items():
            query = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
                sql.Identifier(*table.split(".")), sql.Identifier(column)
            )
            try:
                async with ctx.tx.transaction():
                    row = await (await ctx.tx.execute(query, (value,))).fetchone()
            except InsufficientPrivilege:
                continue  # the role may not read the table at all
            assert row == (0,), f"{table} shows rows of another person"


async def test_rows_of_a_person_are_read_by_that_person(private: Private) -> None:
    async with private.world.process.database.context(private.anna.actor) as ctx:
        for table, (column, value) in private.tables().items():
            if table in {"sessions", "runs"} or column == "run_id":
                query = sql.SQL("SELECT count(*) > 0 FROM {} WHERE {} = %s").format(
                    sql.Identifier(*table.split(".")), sql.Identifier(column)
                )
                assert await (await ctx.tx.execute(query, (value,))).fetchone() == (True,), table


@_each_role()
async def test_rows_of_a_person_are_not_changed_by_another_member(private: Private, role: str) -> None:
    before = private.fingerprint()

    for table, (column, value) in private.tables().items():
        names = {"table": sql.Identifier(*table.split(".")), "column": sql.Identifier(column)}
        for text in (
            "UPDATE {table} SET {column} = {column} WHERE {column} = %s",
            "DELETE FROM {table} WHERE {column} = %s",
        ):
            statement = sql.SQL(text).format(**names)  # pyright: ignore[reportArgumentType] - one of the two texts above
            try:
                async with private.world.process.database.context(private.strangers[role].actor) as ctx:
                    cursor = await ctx.tx.execute(statement, (value,))
                    assert cursor.rowcount == 0, f"{table}: rows of another person are within reach"
            except InsufficientPrivilege:
                continue  # the role may not do this to the table at all

    assert private.fingerprint() == before


@_each_role()
@_each_route(_OWN_ROUTES)
async def test_private_things_are_missing_for_another_member(private: Private, role: str, route: Route) -> None:
    before = private.fingerprint()

    sent = await send(private.world, route, private.strangers[role].http)

    expected = {404} if route.method in SAFE or role != "viewer" else {403, 404}
    assert sent.response.status in expected, sent.response.text
    assert private.secret not in sent.response.text
    assert private.fingerprint() == before


@_each_route([route for route in _ROUTES if route.method in SAFE and not set(route.parameters) & set(_OWN_PARAMETERS)])
async def test_no_other_route_shows_private_content(private: Private, route: Route) -> None:
    for stranger in private.strangers.values():
        sent = await send(private.world, route, stranger.http)

        assert private.secret not in sent.response.text
        for own in _OWN_PARAMETERS[2:]:
            assert private.world.ids[own] not in sent.response.text.replace(sent.given, ""), f"shows the {own}"


@_each_route([route for route in _ROUTES if "q" in route.queries and not route.parameters])
async def test_search_finds_nothing_private(private: Private, route: Route) -> None:
    for text in (private.secret, private.world.ids["run_id"]):
        for stranger in private.strangers.values():
            found = await stranger.http.get(route.path, params={"q": text})

            # Accounts are searched by superusers alone, of whom there is none here.
            told: tuple[int, list[str] | None] = (403, None) if route.path.endswith("/users") else (200, [])
            assert (found.status, found.json.get("items")) == told, found.text


@_each_route([route for route in _OWN_ROUTES if route.method in SAFE])
async def test_the_person_finds_what_is_private(private: Private, route: Route) -> None:
    sent = await send(private.world, route, private.anna.http)

    assert sent.response.status in {200, 204, 304}, sent.response.text
