"""Verdicts on changes are those of the tables' own policies: for every published table, each person and each row."""

import uuid
from typing import Any

from retinue.core.context import Actor
from retinue.realtime import repository
from tests.cast import Person
from tests.realtime.conftest import Realtime

_MOST_ROWS = 400


async def _conversation(realtime: Realtime, person: Person, agent: str) -> None:
    made = await person.http.post("/conversations", json={"agent_id": agent})
    sent = await person.http.post(f"/conversations/{made.json['id']}/messages", json={"content": "Only for me"})
    assert sent.status == 202, sent.text


async def _judged(realtime: Realtime, table: str, actor: Actor, texts: list[str], ids: list[uuid.UUID]) -> set[uuid.UUID]:
    assert actor.user_id is not None
    assert actor.organization_id is not None
    readers = [(actor.user_id, [actor.organization_id])]
    found = await repository.judge(realtime.process.database, table, texts, readers)
    return {ids[place] for _, place in found}


async def _visible(realtime: Realtime, table: str, actor: Actor, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    async with realtime.process.database.context(actor) as ctx:
        statement: Any = f"SELECT id FROM {table} WHERE id = ANY (%s)"  # noqa: S608 - a published table
        return {row[0] for row in await (await ctx.tx.execute(statement, (ids,))).fetchall()}


async def test_verdicts_are_what_each_person_can_select(realtime: Realtime) -> None:
    cast = realtime.cast
    agent = (await realtime.agent(cast.olga, status="active"))["id"]
    for person in (cast.olga, cast.anna):
        await _conversation(realtime, person, agent)
    tables = {row[0] for row in await repository.describe(realtime.process.database)}

    seen: dict[str, int] = {}
    for table in sorted(tables):
        rows = await realtime.owner(f"SELECT id, to_jsonb(t)::text FROM {table} t ORDER BY id DESC LIMIT {_MOST_ROWS}")  # noqa: S608 - as above
        ids, texts = [row[0] for row in rows], [row[1] for row in rows]
        for person in (cast.olga, cast.anna, cast.vera, cast.otto):
            visible = await _visible(realtime, table, person.actor, ids)
            assert await _judged(realtime, table, person.actor, texts, ids) == visible, table
            seen[table] = seen.get(table, 0) + len(visible)

    assert all(seen[table] for table in ("agents", "conversations", "messages", "runs"))


async def test_policy_that_changes_is_followed_at_the_next_upgrade(realtime: Realtime) -> None:
    cast = realtime.cast
    agent = await realtime.agent(cast.olga)
    rows = await realtime.owner("SELECT id, to_jsonb(t)::text FROM agents t WHERE id = %s", agent["id"])
    hidden = "CREATE POLICY hidden ON agents AS RESTRICTIVE TO retinue_app USING (name <> 'Hidden')"
    try:
        await realtime.owner(hidden)
        await realtime.owner("SELECT realtime.write_out()")
        text = rows[0][1].replace('"Agent"', '"Hidden"')
        now = await _judged(realtime, "agents", cast.olga.actor, [rows[0][1], text], [rows[0][0], uuid.UUID(int=1)])
    finally:
        await realtime.owner("DROP POLICY hidden ON agents")
        await realtime.owner("SELECT realtime.write_out()")

    assert now == {rows[0][0]}
