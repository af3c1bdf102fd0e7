"""The policies of documents 001 and 004, each tried with ours: docs/policies.md has the comparison."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from retinue.core.context import Actor
from tests.conftest import Postgres
from tests.tenancy.world import World

_PAGE = Path("docs/policies.md")
_TABLES = ("users", "agents", "teams", "runs", "conversations", "notifications", "deployments")
_POLICIES = """
SELECT p.polrelid::regclass::text, p.polname FROM pg_policy p
WHERE p.polrelid::regclass::text = ANY (%s) AND p.polroles && ARRAY['retinue_app'::regrole::oid]
"""


async def _count(world: World, actor: Actor, table: str) -> int:
    async with world.process.database.context(actor) as ctx:
        statement: Any = f"SELECT count(*) FROM {table} WHERE organization_id = %s"  # noqa: S608 - from the list below
        row = await (await ctx.tx.execute(statement, (world.cast.acme,))).fetchone()
        return int(row[0]) if row else 0


def test_the_page_names_every_policy_of_the_tables(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        found = owner.execute(_POLICIES, (list(_TABLES),)).fetchall()
    rows = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| 00")]
    named = {
        (table, policy)
        for row in rows
        for table in re.findall(r"\| `(\w+)`:", row)
        for policy in re.findall(r"`(\w+)`", row)
    }

    assert {(table, policy) for table, policy in found if policy != "tenant"} <= named
    assert {table for table, policy in found if policy == "tenant"} == set(_TABLES) - {"users"}


async def test_users_read_themselves_and_their_colleagues(world: World) -> None:
    cast = world.cast
    ids = [cast.vera.user_id, cast.olga.user_id]
    for actor, count in ((cast.vera.actor, 2), (cast.otto.actor, 0)):
        async with world.process.database.context(actor) as ctx:
            found = await ctx.tx.execute("SELECT id FROM users WHERE id = ANY (%s)", (ids,))
            assert len(await found.fetchall()) == count


@pytest.mark.parametrize("table", ["agents", "teams", "deployments"])
async def test_things_of_an_organization_are_for_its_members(world: World, table: str) -> None:
    await world.id_of({"agents": "agent_id", "teams": "team_id", "deployments": "deployment_id"}[table])

    assert await _count(world, world.cast.vera.actor, table) > 0
    assert await _count(world, world.cast.otto.actor, table) == 0


async def test_conversations_and_notifications_are_for_their_person(world: World) -> None:
    olga, adam, otto = world.cast.olga.actor, world.cast.adam.actor, world.cast.otto.actor
    for table in ("conversations", "notifications"):
        world.filler().make(table, user_id=world.cast.olga.user_id)

    for table in ("conversations", "notifications"):
        assert await _count(world, olga, table) > 0
        assert await _count(world, otto, table) == 0
    async with world.process.database.context(adam) as ctx:
        for statement in (
            "SELECT count(*) FROM conversations WHERE user_id = %s",
            "SELECT count(*) FROM notifications WHERE user_id = %s",
        ):
            assert await (await ctx.tx.execute(statement, (world.cast.olga.user_id,))).fetchone() == (0,)
