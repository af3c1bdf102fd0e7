"""Deleting an organization shuts it at once, can be cancelled until the grace period ends, and disturbs nobody else."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import pytest

from retinue.core import outbox as events
from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse
from retinue.features import FEATURES
from retinue.identity.deletions import rules, tasks
from retinue.llm.scripted import ScriptedChatModel
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from tests.cast import PASSWORD, Cast, Person
from tests.client import Client
from tests.conftest import Postgres
from tests.runs.conftest import scene
from tests.runs.scene import Gate, Scene, working
from tests.together import together

__all__ = ["scene"]


_RECORD_PROGRESS = """
CREATE TABLE progress (number bigserial, id uuid, before bigint, after bigint);
CREATE FUNCTION record_progress() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO progress (id, before, after) VALUES (NEW.id, OLD.rows_deleted, NEW.rows_deleted); RETURN NULL; END $$;
CREATE TRIGGER record AFTER UPDATE ON organization_deletions FOR EACH ROW
  WHEN (NEW.rows_deleted > OLD.rows_deleted) EXECUTE FUNCTION record_progress();
"""


async def _ask(person: Person, grace: int | None = None, headers: dict[str, str] | None = None) -> Any:
    slug = (await person.http.get("/organizations/current", headers=headers)).json["slug"]
    wait = "" if grace is None else f"&grace_seconds={grace}"
    return await person.http.delete(f"/organizations/current?confirm={slug}{wait}", headers=headers)


async def _get(person: Person, deletion: Any) -> Any:
    return (await person.http.get(f"/organization-deletions/{deletion['id']}")).json


async def _key_client(person: Person) -> Client:
    body = {"name": "key", "scopes": ["members:read", "organization:read"]}
    key = (await person.http.post("/api-keys", json=body)).json["key"]
    return Client(person.http.session, person.http.base_url, headers={"Authorization": f"Bearer {key}"})


@dataclass
class _Deaf:
    """A model whose first answer waits for the test, and is given even where the run was cancelled in the meantime."""

    gate: Gate = field(default_factory=Gate)

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        self.gate.reached.set()
        while not self.gate.opened.is_set():
            with suppress(asyncio.CancelledError):
                await self.gate.opened.wait()
        return await ScriptedChatModel().complete(request, on_delta)


async def _run_of(person: Person) -> str:
    """Start a run of a person's own organization."""
    script = {"turns": [{"text": "Done."}]}
    config = {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": script}}
    agent = (await person.http.post("/agents", json={"name": "Scribe", "status": "active", "config": config})).json
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Go."}}
    return str((await person.http.post("/runs", json=body)).json["id"])


async def _count(scene: Scene, table: str) -> list[tuple[Any, ...]]:
    query = f"SELECT count(*) FROM {table} WHERE organization_id = %s"  # noqa: S608 - a name of this file
    return await scene.owner(query, str(scene.cast.acme))


async def _hand_on(process: Process) -> None:
    pump = events.Pump(process.database, events.gather(*(feature.listens for feature in FEATURES)))
    while await pump.drain():
        pass


async def test_organization_is_shut_at_every_door_at_once(cast: Cast) -> None:
    by_key = await _key_client(cast.olga)
    inside = {"X-Retinue-Organization": str(cast.acme)}
    invited = await cast.adam.http.post("/invitations", json={"email": f"x@{cast.marker}.example", "role": "viewer"})
    token = invited.json["accept_url"].rsplit("token=", 1)[1]
    for person in (cast.adam, cast.vera):
        await person.http.get("/members")

    asked = await _ask(cast.olga)

    assert asked.status == 202, asked.text
    assert asked.headers["Location"] == f"/api/v1/organization-deletions/{asked.json['id']}"
    for person in (cast.olga, cast.adam, cast.anna, cast.vera):
        assert (await person.http.get("/members", headers=inside)).status == 404
        assert (await person.http.get("/members")).status == 403
        assert (await person.http.get("/auth/session")).json["organizations"] == []
        assert (await person.http.post("/auth/organization", json={"organization_id": str(cast.acme)})).status == 404
    assert (await by_key.get("/members")).status == 401
    assert (await cast.nobody.get(f"/invitations/preview?token={token}")).status == 404
    assert (await cast.otto.http.get("/members")).status == 200


async def test_the_usual_grace_period_is_a_day_and_cancelling_restores_everything(cast: Cast) -> None:
    by_key = await _key_client(cast.olga)
    asked = (await _ask(cast.olga)).json
    seconds = await _seconds_between(asked)

    refused = await cast.vera.http.post(f"/organization-deletions/{asked['id']}/cancel")
    cancelled = await cast.olga.http.post(f"/organization-deletions/{asked['id']}/cancel")
    again = await cast.olga.http.post(f"/organization-deletions/{asked['id']}/cancel")

    assert (asked["phase"], asked["organization_id"], seconds) == ("scheduled", str(cast.acme), 86400)
    assert asked["organization_name"] == f"Acme {cast.marker}"
    assert refused.status == 404
    assert (cancelled.status, cancelled.json["phase"]) == (200, "cancelled")
    assert (again.status, again.json["code"]) == (409, "deletion_begun")
    assert (await cast.vera.http.get("/members")).status == 200
    assert (await by_key.get("/members")).status == 200
    actions = [each["action"] for each in (await cast.olga.http.get(f"/audit-log?target_id={cast.acme}")).json["items"]]
    assert actions[:2] == ["organization.deletion_cancelled", "organization.deletion_requested"]
    assert (await _ask(cast.olga)).status == 202


async def _seconds_between(deletion: Any) -> float:
    began, ends = (datetime.fromisoformat(deletion[name]) for name in ("requested_at", "erase_after"))
    return (ends - began).total_seconds()


async def test_nothing_is_deleted_before_its_time_and_now_on_request(cast: Cast, process: Process) -> None:
    asked = (await _ask(cast.olga)).json
    await tasks.erase(process.database)
    before = await _get(cast.olga, asked)

    started = await cast.olga.http.post(f"/organization-deletions/{asked['id']}/start")
    await tasks.erase(process.database)
    after = await _get(cast.olga, asked)

    assert (before["phase"], before["rows_deleted"]) == ("scheduled", 0)
    assert started.status == 200
    assert (after["phase"], after["organization_name"]) == ("finished", None)
    assert after["rows_deleted"] > 0
    assert (await cast.olga.http.post(f"/organization-deletions/{asked['id']}/cancel")).status == 409
    assert (await cast.otto.http.get(f"/organization-deletions/{asked['id']}")).status == 404
    assert [each["id"] for each in (await cast.olga.http.get("/organization-deletions")).json["items"]] == [asked["id"]]


@pytest.mark.parametrize("grace", ["-1", "2592001", "soon"])
async def test_a_bad_grace_period_names_its_field(cast: Cast, grace: str) -> None:
    response = await cast.olga.http.delete(f"/organizations/current?confirm=x&grace_seconds={grace}")

    assert (response.status, response.json["errors"][0]["field"]) == (422, "grace_seconds")


async def test_only_an_owner_in_person_deletes_an_organization(cast: Cast) -> None:
    assert (await _ask(cast.adam)).status == 403
    assert (await (await _key_client(cast.olga)).delete("/organizations/current?confirm=x")).status == 403
    assert (await cast.olga.http.delete("/organizations/current?confirm=other")).status == 409
    assert (await cast.vera.http.get("/members")).status == 200


async def test_of_many_requests_at_once_one_enters_the_deletion(cast: Cast) -> None:
    slug = (await cast.olga.http.get("/organizations/current")).json["slug"]

    answers = await together(6, lambda _: cast.olga.http.delete(f"/organizations/current?confirm={slug}"))

    statuses = sorted(each.status for each in answers)
    assert statuses[0] == 202
    assert set(statuses[1:]) <= {403, 404, 409}


async def test_runs_are_cancelled_at_once(scene: Scene, environ: dict[str, str]) -> None:
    async with working(environ, scene.tools):
        waiting = await scene.agent({"text": "Late.", "delay_ms": 60_000})
        run = await scene.started(waiting)
        await scene.until(run, "running")
        pending = await scene.started(waiting)

        await _ask(scene.cast.olga)
        await _hand_on(scene.process)

        rows = await scene.owner("SELECT status FROM runs WHERE id = ANY (%s)", [run, pending])
        assert rows == [("cancelled",), ("cancelled",)]
        async with asyncio.timeout(10):  # the worker lets go of the job
            while await scene.owner("SELECT FROM dispatch.procrastinate_jobs WHERE lock = ANY (%s)", [run, pending]):
                await asyncio.sleep(0.05)


async def test_run_that_is_started_in_the_moment_of_the_request_is_refused(scene: Scene, postgres: Postgres) -> None:
    agent = await scene.agent("Late.")
    with psycopg.connect(postgres.owner_url) as owner:
        owner.execute("SELECT set_config('app.is_system', 'on', true)")
        owner.execute("SELECT tenant.request_deletion(gen_random_uuid(), %s, 3600)", (scene.cast.acme,))
        body = {"type": "agent", "target_id": agent, "input": {"prompt": "Go."}}
        starting = asyncio.create_task(scene.cast.anna.http.post("/runs", json=body))
        waits = "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        async with asyncio.timeout(10):
            while not await scene.owner(waits, owner.info.backend_pid):
                await asyncio.sleep(0.02)
    refused = await starting

    assert (refused.status, refused.json["code"]) == (409, "organization_shut")
    assert await _count(scene, "runs") == [(0,)]


async def test_a_worker_that_still_holds_a_run_is_refused(scene: Scene, environ: dict[str, str]) -> None:
    otto, model = scene.cast.otto, _Deaf()
    async with working(environ, scene.tools, concurrency=1, model=model):
        run = await scene.started(await scene.agent("Late."))
        await model.gate.wait()

        await _ask(scene.cast.olga, 0)
        await tasks.erase(scene.process.database)
        model.gate.opened.set()
        following = await _run_of(otto)  # begins when the only place of the worker is free
        async with asyncio.timeout(20):
            while (await otto.http.get(f"/runs/{following}")).json["status"] != "completed":
                await asyncio.sleep(0.05)

    tables = ("runs", "run_steps", "run_events", "run_logs", "agent_thoughts")
    counts = [await _count(scene, each) for each in tables]
    assert counts == [[(0,)]] * len(tables)
    assert await scene.owner("SELECT FROM dispatch.procrastinate_jobs WHERE lock = %s", run) == []


async def test_two_deletions_at_once_and_a_third_organization_untouched(
    cast: Cast, process: Process, postgres: Postgres
) -> None:
    third = (await cast.otto.http.post("/organizations", json={"name": "Third"})).json
    inside = {"X-Retinue-Organization": third["id"]}
    members = (await cast.otto.http.get("/members", headers=inside)).json
    agents = (await cast.otto.http.get("/agents?limit=200", headers=inside)).json
    one, two = (await _ask(cast.olga, 0)).json, (await _ask(cast.otto, 0)).json

    await asyncio.gather(*(tasks.erase(process.database) for _ in range(3)))

    assert (await _get(cast.olga, one))["phase"] == (await _get(cast.otto, two))["phase"] == "finished"
    assert (await cast.otto.http.get("/members", headers=inside)).json == members
    assert (await cast.otto.http.get("/agents?limit=200", headers=inside)).json == agents
    with psycopg.connect(postgres.owner_url) as owner:
        query = "SELECT count(*) FROM organizations WHERE id = ANY (%s)"
        assert owner.execute(query, ([cast.acme, cast.globex],)).fetchone() == (0,)


async def test_a_failed_attempt_is_told_and_made_again(
    cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str]
) -> None:
    nowhere = {"RETINUE_ARTIFACTS_URL": "s3://files/kept", "RETINUE_ARTIFACTS_ENDPOINT": "http://127.0.0.1:9"}
    keys = {"RETINUE_ARTIFACTS_ACCESS_KEY_ID": "known", "RETINUE_ARTIFACTS_SECRET_ACCESS_KEY": "kept"}
    asked = (await _ask(cast.olga, 0)).json
    worker = Process(environ | nowhere | keys)
    await worker.start(is_serving=False)
    await tasks.erase(worker.database)
    await worker.stop()
    failed = await _get(cast.olga, asked)
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:  # as time does
        owner.execute("UPDATE organization_deletions SET claimed_until = now() WHERE id = %s", (asked["id"],))

    await tasks.erase(process.database)

    assert failed["phase"] == "files"
    assert "file storage does not respond" in failed["error"]
    over = await _get(cast.olga, asked)
    assert (over["error"], over["phase"]) == (None, "finished")


async def test_an_owner_may_delete_the_account_while_the_organization_is_deleted(cast: Cast, process: Process) -> None:
    asked = (await _ask(cast.olga, 0)).json

    left = await cast.olga.http.post("/users/me/delete", json={"password": PASSWORD})
    await tasks.erase(process.database)

    assert left.status == 204, left.text
    async with process.database.system_context([]) as ctx:
        row = await (await ctx.tx.execute("SELECT count(*) FROM organizations WHERE id = %s", (cast.acme,))).fetchone()
    assert row == (0,)
    assert asked["phase"] == "scheduled"


async def test_each_transaction_deletes_a_bounded_number_of_rows(cast: Cast, process: Process, postgres: Postgres) -> None:
    deletion = (await _ask(cast.olga, 0)).json
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO audit_log (id, organization_id, actor_kind, action, target_type, target_id)"
            " SELECT gen_random_uuid(), %s, 'system', 'x', 'x', gen_random_uuid() FROM generate_series(1, 50000)",
            (cast.acme,),
        )
        owner.execute(_RECORD_PROGRESS)
        try:
            await tasks.erase(process.database)
            counts = owner.execute("SELECT after - before FROM progress WHERE id = %s ORDER BY number", (deletion["id"],))
            batches = [count for (count,) in counts.fetchall()]
        finally:
            owner.execute(
                "DROP TRIGGER record ON organization_deletions; DROP FUNCTION record_progress; DROP TABLE progress"
            )

    assert sum(batches) > 50_000
    assert max(batches) <= rules.MOST_ROWS
    assert batches[0] <= rules.FIRST_BATCH


_RECORD_EVENTS = """
CREATE TABLE erased (transaction xid8, count bigint);
CREATE FUNCTION record_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO erased SELECT pg_current_xact_id(), count(*) FROM gone; RETURN NULL; END $$;
CREATE TRIGGER record AFTER DELETE ON run_events REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
  EXECUTE FUNCTION record_erased();
"""
_EVENTS = """
INSERT INTO run_events (organization_id, run_id, sequence, type, data)
SELECT organization_id, id, n, 'step.completed', '{}' FROM runs, generate_series(1000, 30999) n WHERE id = %s
"""


async def test_rows_that_go_with_a_run_count_in_the_bound_of_a_transaction(scene: Scene, postgres: Postgres) -> None:
    run = await scene.started(await scene.agent("Never."))
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(_EVENTS, (run,))
        await _ask(scene.cast.olga, 0)
        owner.execute(_RECORD_EVENTS)
        try:
            await tasks.erase(scene.process.database)
            rows = owner.execute("SELECT sum(count)::bigint FROM erased GROUP BY transaction").fetchall()
        finally:
            owner.execute("DROP TRIGGER record ON run_events; DROP FUNCTION record_erased; DROP TABLE erased")

    counts = [count for (count,) in rows]
    assert sum(counts) >= 30_000
    assert max(counts) <= rules.MOST_ROWS


@pytest.mark.parametrize(("most", "seconds", "following"), [
    (100, 0.01, 200), (10_000, 0.01, 10_000), (100, 0.3, 100), (100, 0.5, 50), (5, 9.0, 5),
])  # fmt: skip
def test_batch_follows_the_time_that_the_last_one_took(most: int, seconds: float, following: int) -> None:
    assert rules.next_batch(most, seconds) == following
