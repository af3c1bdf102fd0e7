"""A process that is killed during an erasure: another goes on where it stopped, and the certificate counts them."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from retinue.erasures import tasks
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
