"""Every table of the catalogue, tried as a member of another organization. A new table is tried without being named here."""

import json
import re
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from retinue.core.context import anonymous
from tests.cast import Person
from tests.tenancy.world import World

_HAS = dict.fromkeys(("SELECT", "INSERT", "UPDATE", "REFERENCES"), "has_any_column_privilege") | dict.fromkeys(
    ("DELETE", "TRUNCATE", "TRIGGER"), "has_table_privilege"
)
_QUEUE = {"SELECT", "INSERT", "UPDATE", "DELETE"}
UNTENANTED = {
    "alembic_version": ("the schema's revision", {"SELECT"}),
    "backups": ("attempts to back up the installation; reached by a function alone", set[str]()),
    "claim_tokens": ("before there is an organization; reached by functions of the schema auth alone", set[str]()),
    "installation": ("one row of the installation; reached by functions alone", set[str]()),
    "kv.entries": ("keyed facts; reached by functions that take the keys", set[str]()),
    "erasures": ("the record of what was erased outlives it; a policy of its own", {"SELECT"}),
    "organization_deletions": (
        "outlive their organization; for who asked, its owners and superusers, by a policy",
        {"SELECT"},
    ),
    "alert_engine": ("one row: when rules were last evaluated; reached by functions alone", set[str]()),
    "organizations": ("the tenants themselves; own policies, tried below", {"SELECT", "UPDATE"}),
    "password_resets": ("links of people; reached by functions of the schema auth alone", set[str]()),
    "recovery_codes": ("your own, by a policy", {"SELECT", "INSERT", "DELETE"}),
    "metric_destinations": ("the operator's InfluxDB; reached by functions alone", set[str]()),
    "trace_destinations": ("where the operator has traces sent; reached by functions alone", set[str]()),
    "two_factor_secrets": ("your own, by a policy", {"SELECT", "INSERT", "UPDATE", "DELETE"}),
    "user_avatars": ("pictures of people; reached by functions of the schema auth alone", set[str]()),
    "users": ("people belong to several organizations; own policies, tried below", {"SELECT", "INSERT", "UPDATE"}),
    "workers": ("which worker processes there are", _QUEUE),
    "dispatch.procrastinate_events": ("the queue's", _QUEUE),
    "dispatch.procrastinate_jobs": ("the queue's; jobs carry the id of a run and nothing else", _QUEUE),
    "dispatch.procrastinate_periodic_defers": ("the queue's", _QUEUE),
    "dispatch.procrastinate_workers": ("the queue's", _QUEUE),
    "dispatch.worker_machines": ("the queue's; where each worker runs", _QUEUE),
}
"""Table without organization_id → why, and what the serving role may do to it at most."""
NULL_TENANT = {
    "agent_templates": "null: built in, for all to read",
    "audit_log": "null: of the installation, for superusers",
    "sessions": "null: the person belongs to no organization; your own policy",
    "tools": "null: built in, for all to read",
}
SHARED = {"agent_templates.public": "a template that its organization has made public is for everyone to read"}
PLAIN_REFERENCES = {
    "agents_template_id_fkey": "a template may be built in, or of an organization that made it public",
    "agent_tools_tool_id_fkey": "a tool may be built in; its scope is part of another key",
}
_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT a.attnotnull FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id'
        AND NOT a.attisdropped) AS tenant
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


def _all(owner: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return owner.execute(query.encode()).fetchall()


def test_every_table_is_protected_or_says_why_not(owner: psycopg.Connection[Any]) -> None:
    tables = {name: facts for name, *facts in _all(owner, _TABLES)}

    untenanted = {name for name, (_, _, tenant) in tables.items() if tenant is None}
    assert untenanted == set(UNTENANTED), "a table without organization_id must be listed here with its reason"
    for name, (enabled, forced, not_null) in tables.items():
        if name in untenanted:
            continue
        assert enabled, f"{name} has no row-level security: SELECT tenant.protect('{name}')"
        assert forced, f"{name} does not force row-level security on its owner"
        assert not_null or name in NULL_TENANT, f"{name}.organization_id may be null and is not listed with a reason"


def test_tables_of_no_tenant_are_open_as_far_as_needed(owner: psycopg.Connection[Any]) -> None:
    for name, (reason, allowed) in UNTENANTED.items():
        may = {
            verb
            for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            if _all(owner, f"SELECT {_HAS[verb]}('retinue_app', '{name}', '{verb}')") == [(True,)]
        }

        assert may <= allowed, f"{name} ({reason}): the serving role may also {may - allowed}"


def test_every_tenant_table_has_a_policy_for_the_serving_role(owner: psycopg.Connection[Any]) -> None:
    policies = _all(
        owner,
        """SELECT p.polrelid::regclass::text, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid),
                  pg_get_expr(p.polwithcheck, p.polrelid)
           FROM pg_policy p WHERE 'retinue_app'::regrole = ANY (p.polroles) OR p.polroles = '{0}'""",
    )

    protected = {name for name, *_ in policies}
    for name, _, _, tenant in _all(owner, _TABLES):
        assert tenant is None or name in protected, f"{name} has no policy for retinue_app"
    for table, name, _, using, check in policies:
        text = f"{using} {check}"
        is_built_in = text == "(organization_id IS NULL) None" and table in NULL_TENANT
        if is_built_in or f"{table}.{name}" in SHARED:
            continue
        assert re.search(r"tenant\.organizations|auth\.uid|auth\.is_superuser|FROM runs r", text), (
            f"{table}.{name} looks at nothing: {text}"
        )


def test_the_serving_role_owns_nothing_and_bypasses_nothing(owner: psycopg.Connection[Any]) -> None:
    role = _all(
        owner, "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'retinue_app'"
    )
    owned = _all(
        owner,
        """SELECT 'relation', relname FROM pg_class WHERE relowner = 'retinue_app'::regrole
            UNION ALL SELECT 'function', proname FROM pg_proc WHERE proowner = 'retinue_app'::regrole
            UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspowner = 'retinue_app'::regrole
            UNION ALL SELECT 'database', datname FROM pg_database WHERE datdba = 'retinue_app'::regrole""",
    )
    memberships = _all(owner, "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'retinue_app'::regrole")
    creatable = _all(
        owner,
        """SELECT nspname FROM pg_namespace
            WHERE has_schema_privilege('retinue_app', oid, 'CREATE') AND nspname NOT LIKE 'pg\\_%'""",
    )

    assert role == [(False, False, False, False)]
    assert owned == []
    assert memberships == []
    assert creatable == []


def test_functions_that_act_as_the_owner_have_a_fixed_search_path(owner: psycopg.Connection[Any]) -> None:
    functions = _all(
        owner,
        """SELECT p.oid::regprocedure::text, coalesce(array_to_string(p.proconfig, ';'), ''),
                  EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) WHERE grantee = 0)
           FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')""",
    )

    assert functions
    for name, settings, is_public in functions:
        assert re.search(r"search_path=.*pg_temp$", settings), f"{name} needs SET search_path = pg_catalog, public, pg_temp"
        assert not is_public, f"{name} may be called by every role: REVOKE ALL … FROM PUBLIC"


def test_references_between_tenant_tables_carry_the_organization(owner: psycopg.Connection[Any]) -> None:
    keys = _all(
        owner,
        """SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text,
                  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'organization_id'
                          AND a.attnum = ANY (c.conkey))
           FROM pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0
             AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'organization_id')
             AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attname = 'organization_id')""",
    )

    plain = {name: f"{table} → {target}" for name, table, target, is_composite in keys if not is_composite}
    assert set(plain) == set(PLAIN_REFERENCES), f"must include organization_id, or be listed with the reason: {plain}"


def test_partitions_are_reached_through_their_table_alone(owner: psycopg.Connection[Any]) -> None:
    query = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'"
    partitions = [name for (name,) in _all(owner, query)]

    assert partitions
    for name in partitions:
        for verb in _HAS:
            assert _all(owner, f"SELECT {_HAS[verb]}('retinue_app', '{name}', '{verb}')") == [(False,)], f"{verb} {name}"


async def test_acme_has_a_row_in_every_tenant_table(world: World) -> None:
    empty = [table for table, (count, _) in world.fingerprint().items() if count == 0]

    assert empty == [], "without rows the tests below would show nothing"


async def test_nobody_elses_rows_are_read(world: World, otto: Person) -> None:
    for actor in (otto.actor, anonymous()):
        async with world.process.database.context(actor) as ctx:
            for table in [*world.tenant_tables(), "organizations"]:
                column = "id" if table == "organizations" else "organization_id"
                query = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
                    sql.Identifier(*table.split(".")), sql.Identifier(column)
                )
                row = await (await ctx.tx.execute(query, (world.acme,))).fetchone()
                assert row == (0,), f"{table} shows rows of Acme"
            people = [each.user_id for each in (world.cast.olga, world.cast.vera)]
            row = await (await ctx.tx.execute("SELECT count(*) FROM users WHERE id = ANY (%s)", (people,))).fetchone()
            assert row == (0,)


async def test_nobody_elses_rows_are_changed(world: World, otto: Person) -> None:
    before = world.fingerprint()

    for table in [*world.tenant_tables(), "organizations"]:
        column = "id" if table == "organizations" else "organization_id"
        names = {"table": sql.Identifier(*table.split(".")), "column": sql.Identifier(column)}
        for text in (
            "UPDATE {table} SET {column} = {column} WHERE {column} = %s",
            "DELETE FROM {table} WHERE {column} = %s",
        ):
            statement = sql.SQL(text).format(**names)  # pyright: ignore[reportArgumentType] - one of the two texts above
            try:
                async with world.process.database.context(otto.actor) as ctx:
                    cursor = await ctx.tx.execute(statement, (world.acme,))
                    assert cursor.rowcount == 0, f"{table}: rows of Acme are within reach"
            except InsufficientPrivilege:
                continue  # the role may not do this to the table at all

    assert world.fingerprint() == before


async def test_rows_are_not_slipped_into_another_organization(world: World, otto: Person) -> None:
    before = world.fingerprint()

    for table in world.tenant_tables():
        name = sql.Identifier(*table.split("."))
        row = world.owner.execute(
            sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE organization_id = %s LIMIT 1").format(name), (world.acme,)
        ).fetchone()
        assert row is not None
        columns = sql.SQL(", ").join(sql.Identifier(column) for column in _writable(world, table))
        statement = sql.SQL(
            "INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE"
            " SELECT {columns} FROM jsonb_populate_record(NULL::{name}, %s)"
        ).format(name=name, columns=columns)
        with pytest.raises(InsufficientPrivilege):  # before any constraint is looked at
            async with world.process.database.context(otto.actor) as ctx:
                await ctx.tx.execute(statement, (json.dumps(row[0]),))

    assert world.fingerprint() == before


def _writable(world: World, table: str) -> list[str]:
    query = """SELECT attname FROM pg_attribute
               WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    return [row[0] for row in world.owner.execute(query, (table,)).fetchall()]


async def test_a_password_hash_is_not_read_even_of_a_co_member(world: World) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with world.process.database.context(world.cast.olga.actor) as ctx:
            await ctx.tx.execute("SELECT password_hash FROM users")


async def test_the_audit_log_only_grows(world: World) -> None:
    for statement in (b"UPDATE audit_log SET action = 'x'", b"DELETE FROM audit_log", b"TRUNCATE audit_log"):
        with pytest.raises(InsufficientPrivilege):
            async with world.process.database.context(world.cast.olga.actor) as ctx:
                await ctx.tx.execute(statement)


async def test_members_see_one_another_and_nobody_else(world: World, otto: Person) -> None:
    async with world.process.database.context(world.cast.vera.actor) as ctx:
        rows = await (await ctx.tx.execute("SELECT id FROM users")).fetchall()

    query = b"SELECT user_id FROM memberships WHERE organization_id = %s"
    members = {row[0] for row in world.owner.execute(query, (world.acme,)).fetchall()}
    assert {row[0] for row in rows} == members
    assert {world.cast.olga.user_id, world.cast.vera.user_id} <= members
    assert otto.user_id not in members
