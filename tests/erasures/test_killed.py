"""A process that is killed during an erasure: another goes on where it stopped, and the certificate counts them."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.erasures import tasks
from retinue.identity.deletions import tasks as deletions
from retinue.process import Process
from tests.backups.conftest import CommandLine, until
from tests.conftest import Postgres
from tests.runs.scene import Scene
from tests.tenancy.rows import Filler

_RUNS = 400
_COPY = """
INSERT INTO run_logs (id, organization_id, run_id, message)
SELECT gen_random_uuid(), r.organization_id, r.id, 'line' FROM runs r, generate_series(1, 20) WHERE r.agent_id = %s
"""


def _fill(owner: "psycopg.Connection[Any]", scene: Scene, agent: str) -> None:
    filler = Filler(owner, scene.cast.acme, "x", {"user_id": scene.cast.anna.user_id})
    for _ in range(_RUNS):
        filler.make("runs", type="agent", target_id=agent, agent_id=agent, status="completed", plan=Jsonb({}))
    owner.execute(_COPY, (agent,))


async def test_erasure_goes_on_after_its_process_was_killed(
    scene: Scene, process: Process, postgres: Postgres, environ: dict[str, str], tmp_path: Path
) -> None:
    agent = (await scene.cast.olga.http.post("/agents", json={"name": "Goes"})).json["id"]
    other = await scene.started(await scene.agent("Never."))
    retinue = CommandLine(environ | {"DATABASE_URL": postgres.owner_url})
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        _fill(owner, scene, agent)
        blocking = psycopg.connect(postgres.owner_url)
        last = owner.execute("SELECT max(id::text) FROM runs WHERE agent_id = %s", (agent,)).fetchone()
        blocking.execute("SELECT FROM runs WHERE id = %s FOR UPDATE", (last and last[0],))  # the erasure stops here
        erasing = retinue.begin("erase", "agent", agent, "--yes")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        await until(lambda: owner.execute(waits, (blocking.info.backend_pid,)).fetchone() != (0,))
        erasing.kill()
        erasing.communicate(timeout=30)
        blocking.close()
        row = owner.execute("SELECT phase, attempts FROM erasures WHERE target_id = %s", (agent,)).fetchone()
        owner.execute("UPDATE erasures SET claimed_until = now() WHERE target_id = %s", (agent,))  # as time does

    await tasks.work(process.database)
    (shown,) = [each for each in (await scene.cast.olga.http.get("/erasures")).json["items"] if each["target_id"] == agent]
    certificate = (await scene.cast.olga.http.get(f"/erasures/{shown['id']}/certificate")).json

    tables = {each["table"]: each["deleted"] for each in certificate["tables"]}
    assert row == ("runs", 1)
    assert (shown["phase"], shown["attempts"], certificate["attempts"]) == ("finished", 2, 2)
    assert (tables["runs"], tables["run_logs"]) == (_RUNS, _RUNS * 20)
    assert (await scene.run(other))["status"] == "pending"


_POINTS: dict[tuple[str, str], str] = {
    ("agent", "rows"): "SELECT FROM audit_log WHERE target_id = %s FOR UPDATE",
    ("agent", "search"): "LOCK TABLE claim_tokens IN ACCESS EXCLUSIVE MODE; SELECT %s::uuid",
    ("person", "runs"): "SELECT FROM runs WHERE triggered_by_id = %s FOR UPDATE",
    ("person", "rows"): "SELECT FROM memberships WHERE user_id = %s FOR UPDATE",
    ("person", "search"): "LOCK TABLE claim_tokens IN ACCESS EXCLUSIVE MODE; SELECT %s::uuid",
    ("organization", "rows"): "SELECT FROM agents WHERE organization_id = %s FOR NO KEY UPDATE",
    ("organization", "search"): "LOCK TABLE claim_tokens IN ACCESS EXCLUSIVE MODE; SELECT %s::uuid",
}
"""What is erased and the phase in which its process is killed → what it waits for there."""


@pytest.mark.parametrize(("kind", "phase"), _POINTS)
async def test_erasure_killed_in_each_phase_reports_it_and_another_process_ends_it(
    scene: Scene, process: Process, environ: dict[str, str], kind: str, phase: str
) -> None:
    cast, postgres = scene.cast, scene.postgres
    await scene.started(await scene.agent("Never."))
    agent = (await cast.olga.http.post("/agents", json={"name": "Goes"})).json["id"]
    slug = (await cast.olga.http.get("/organizations/current")).json["slug"]
    targets = {"agent": (agent, agent), "person": (cast.anna.user_id, cast.anna.email), "organization": (cast.acme, slug)}
    target, name = targets[kind]
    retinue = CommandLine(environ | {"DATABASE_URL": postgres.owner_url})
    read = "SELECT phase, certificate IS NOT NULL, attempts FROM erasures WHERE target_id = %s"
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        with psycopg.connect(postgres.owner_url) as blocking:
            psycopg.ClientCursor(blocking).execute(_POINTS[kind, phase].encode(), (target,))
            erasing = retinue.begin("erase", kind, name, "--yes")
            try:
                await until(lambda: _stands(owner, read, target, phase, blocking.info.backend_pid), seconds=60)
            finally:
                erasing.kill()
                erasing.communicate(timeout=30)
        killed = owner.execute(read.encode(), (target,)).fetchone()
        owner.execute("UPDATE erasures SET claimed_until = now() WHERE target_id = %s", (target,))  # as time does
        owner.execute("UPDATE organization_deletions SET claimed_until = now() WHERE target_id = %s", (target,))

    for _ in range(2):
        await tasks.work(process.database)
        await deletions.erase(process.database)
        with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
            owner.execute("UPDATE erasures SET claimed_until = now() WHERE target_id = %s", (target,))
    await tasks.work(process.database)
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        ended = owner.execute(read.encode(), (target,)).fetchone()

    assert killed is not None
    assert killed[:2] == (phase, False)
    assert ended is not None
    assert ended[:2] == ("finished", True)
    if kind != "organization":  # what waits for a deletion is no attempt
        assert ended[2] == killed[2] + 1


def _stands(owner: "psycopg.Connection[Any]", read: str, target: object, phase: str, blocker: int) -> bool:
    """Whether the erasure is in the phase, and something waits for the blocker."""
    row = owner.execute(read.encode(), (target,)).fetchone()
    waits = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", (blocker,))
    return row is not None and row[0] == phase and waits.fetchone() != (0,)


async def test_command_seals_with_the_key_of_the_data_folder_so_that_a_worker_goes_on(
    scene: Scene, process: Process, environ: dict[str, str], tmp_path: Path
) -> None:
    anna, url = scene.cast.anna, scene.postgres.owner_url
    named = {name: value for name, value in environ.items() if name != "RETINUE_SECRET_KEY"} | {"DATABASE_URL": url}
    retinue = CommandLine(named | {"RETINUE_DATA_DIR": str(tmp_path)})
    read = "SELECT phase, certificate IS NOT NULL, error FROM erasures WHERE target_id = %s"
    without_key = await retinue("erase", "person", anna.email, "--yes")
    (tmp_path / "secret.key").write_text(environ["RETINUE_SECRET_KEY"] + "\n")
    with psycopg.connect(url, autocommit=True) as owner:
        with psycopg.connect(url) as blocking:
            psycopg.ClientCursor(blocking).execute(_POINTS["person", "rows"].encode(), (anna.user_id,))
            erasing = retinue.begin("erase", "person", anna.email, "--yes")
            try:
                await until(lambda: _stands(owner, read, str(anna.user_id), "rows", blocking.info.backend_pid), seconds=60)
            finally:
                erasing.kill()
                erasing.communicate(timeout=30)
        owner.execute("UPDATE erasures SET claimed_until = now() WHERE target_id = %s", (anna.user_id,))  # as time does

        await tasks.work(process.database)
        ended = owner.execute(read.encode(), (anna.user_id,)).fetchone()

    assert without_key.code == 78, without_key.err
    assert "RETINUE_SECRET_KEY: no key is set" in without_key.err
    assert ended == ("finished", True, None)


async def test_command_erases_and_writes_the_certificate(
    scene: Scene, postgres: Postgres, environ: dict[str, str], tmp_path: Path
) -> None:
    agent = (await scene.cast.olga.http.post("/agents", json={"name": "Goes too"})).json["id"]
    retinue = CommandLine(environ | {"DATABASE_URL": postgres.owner_url})
    written = tmp_path / "certificate.json"

    refused = await retinue("erase", "agent", agent)
    done = await retinue("erase", "agent", agent, "--yes", "--output", written)
    unknown = await retinue("erase", "person", "nobody@example.com", "--yes")

    assert refused.code == 1
    assert done.code == 0, done.err
    assert "agents: 1 rows" in done.out
    assert '"format": "retinue.erasure/1"' in written.read_text()
    assert (unknown.code, unknown.err.strip()) == (1, "No account has this address: nobody@example.com.")
