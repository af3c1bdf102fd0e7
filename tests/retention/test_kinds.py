"""Each kind of record is kept for as long as the organization says, and a preview tells before what will go."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.alerts import tasks as alert_tasks
from retinue.conversations import expiry
from retinue.core.errors import Error
from retinue.identity.audit import tasks as audit_tasks
from retinue.metrics import tasks as metric_tasks
from retinue.process import Process
from retinue.retention import tasks
from retinue.runs import tasks as run_tasks
from retinue.usage import tasks as usage_tasks
from tests.conftest import Postgres
from tests.runs.scene import Scene
from tests.tenancy.rows import Filler

_DAYS = {
    "runs": 90,
    "logs": 10,
    "events": 20,
    "thoughts": 30,
    "files": 40,
    "messages": 50,
    "alerts": 60,
    "metrics": 5,
    "usage": 31,
    "audit": 70,
    "notifications": 7,
}
_TABLES = {
    "logs": ("run_logs", "timestamp"),
    "events": ("run_events", "created_at"),
    "thoughts": ("agent_thoughts", "created_at"),
    "files": ("run_artifacts", "created_at"),
    "messages": ("messages", "created_at"),
    "alerts": ("alerts", "triggered_at"),
    "metrics": ("metric_rollups", "bucket"),
    "usage": ("usage_hours", "hour"),
    "audit": ("audit_log", "created_at"),
    "notifications": ("notifications", "created_at"),
}
_PATH = "/organizations/current/retention"
_MARK = "retained"


async def _maintain(process: Process) -> None:
    """Do what workers do each hour."""
    await run_tasks.delete_expired(process.database)
    await expiry.delete_expired(process.database)
    await audit_tasks.delete_expired(process.database)
    await alert_tasks.delete_expired(process.database)
    await tasks.delete_expired(process.database)


async def _fill(scene: Scene, postgres: Postgres, run: str, files: dict[str, str]) -> dict[tuple[str, str], Any]:
    """Make, of each kind, a row that is a day too old and one that is not; return the time of each row."""
    made: dict[tuple[str, str], Any] = {}
    now = datetime.now(UTC)
    known = {"user_id": scene.cast.anna.user_id, "status": "resolved"}
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        filler = Filler(owner, scene.cast.acme, _MARK, known)
        for kind, (table, column) in _TABLES.items():
            for name, days in (("old", _DAYS[kind] + 1.5), ("young", _DAYS[kind] - 0.5)):
                values: dict[str, Any] = {column: now - timedelta(days=days)}
                if kind in {"logs", "events", "thoughts", "files"}:
                    values["run_id"] = uuid.UUID(run)
                if kind == "files":
                    values["storage_key"] = files[name]
                if kind == "thoughts":
                    values["node_id"] = name
                if kind == "events":
                    values["sequence"] = 1000 if name == "old" else 1001
                if kind == "messages":
                    values |= {"sequence": 1 if name == "old" else 2, "status": "complete"}
                if kind == "alerts":
                    values |= {"status": "resolved", "resolved_at": now}
                filler.make(table, **values)
                made[kind, name] = values[column]
        owner.execute("UPDATE runs SET created_at = now() - interval '85 days', completed_at = now() WHERE id = %s", (run,))
        owner.execute("UPDATE conversations SET created_at = now(), last_message_time = now()")
    return made


async def _left(scene: Scene, made: dict[tuple[str, str], Any]) -> dict[tuple[str, str], bool]:
    left: dict[tuple[str, str], bool] = {}
    for (kind, name), at in made.items():
        table, column = _TABLES[kind]
        query = f"SELECT count(*) FROM {table} WHERE organization_id = %s AND {column} = %s"  # noqa: S608 - of this file
        ((count,),) = await scene.owner(query, scene.cast.acme, at)
        left[kind, name] = count > 0
    return left


async def test_each_kind_goes_after_its_days_as_the_preview_said(
    played: Scene, process: Process, postgres: Postgres
) -> None:
    olga = played.cast.olga.http
    await usage_tasks.keep(process.database)
    await metric_tasks.keep(process.database)
    run = await played.started(await played.agent("Done."))
    await played.until(run, "completed")
    keys = {name: f"runs/{played.cast.acme}/{run}/{uuid.uuid4()}" for name in ("old", "young")}
    for key in keys.values():
        await process.resources.storage.put(key, b"content")
    made = await _fill(played, postgres, run, keys)

    previewed = (await olga.post(f"{_PATH}/preview", json=_DAYS)).json
    await _maintain(process)
    unchanged = await _left(played, made)
    saved = await olga.request("PUT", _PATH, json=_DAYS)
    await _maintain(process)
    after = await _left(played, made)
    again = (await olga.post(f"{_PATH}/preview", json=_DAYS)).json

    told = {each["kind"]: each for each in previewed["expired"]}
    assert all(unchanged.values())
    assert saved.status == 200, saved.text
    assert after == {(kind, name): name == "young" for kind, name in made}
    assert (await played.run(run))["status"] == "completed"
    assert {kind: told[kind]["rows"] for kind in _TABLES} == dict.fromkeys(_TABLES, 1)
    for kind in _TABLES:
        assert datetime.fromisoformat(told[kind]["oldest_at"]) == made[kind, "old"]
    assert (told["runs"]["rows"], again["rows"]) == (0, 0)
    assert await process.resources.storage.read(keys["young"])
    with pytest.raises(Error, match="content is no longer in the storage"):
        await process.resources.storage.read(keys["old"])


async def test_a_run_with_more_lines_than_a_batch_and_one_that_goes_on_are_told_apart(
    played: Scene, process: Process, postgres: Postgres
) -> None:
    agent = await played.agent("Done.")
    over = await played.started(agent)
    await played.until(over, "completed")
    played.tools["send"] = lambda _: "sent"
    ask = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
    waiting = await played.started(await played.agent(ask, "Done.", tools=("send:approval",)))
    await played.until(waiting, "waiting")
    lines = (
        "INSERT INTO run_logs (id, organization_id, run_id, message, timestamp) SELECT gen_random_uuid(), %s, %s, 'x',"
        " now() - interval '3 days' FROM generate_series(1, %s)"
    )
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(lines, (played.cast.acme, over, tasks.BATCH * 2 + 1))
        owner.execute(lines, (played.cast.acme, waiting, 5))
        owner.execute("UPDATE runs SET created_at = now() - interval '4 days' WHERE id = ANY (%s)", ([over, waiting],))
    days = {"runs": 90, "audit": 365, "logs": 2}
    previewed = (await played.cast.olga.http.post(f"{_PATH}/preview", json=days)).json
    await played.cast.olga.http.request("PUT", _PATH, json=days)

    await tasks.delete_expired(process.database)

    (told,) = [each["rows"] for each in previewed["expired"] if each["kind"] == "logs"]
    assert told == tasks.BATCH * 2 + 1, "those of the run that waits are not among them"

    count = "SELECT count(*) FROM run_logs WHERE run_id = %s AND timestamp < now() - interval '2 days'"
    assert await played.owner(count, over) == [(0,)]
    assert await played.owner(count, waiting) == [(5,)]
    assert (await played.run(waiting))["status"] == "waiting"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"runs": 10, "logs": 11}, "logs", "from 1 to 10 days, because it is deleted with its run"),
        ({"usage": 30}, "usage", "from 31 to 800"),
        ({"audit": 29}, "audit", "from 30 to 3650"),
        ({"notifications": 31}, "notifications", "because this installation keeps it no longer"),
        ({"runs": 0}, "runs", "at least 1"),
        ({"runs": None}, "runs", ""),
        ({"letters": 3}, "letters", ""),
    ],
)
async def test_days_out_of_bounds_are_refused_by_name(scene: Scene, change: Any, field: str, says: str) -> None:
    body = {"runs": 90, "audit": 365} | change

    for answer in (
        await scene.cast.olga.http.request("PUT", _PATH, json=body),
        await scene.cast.olga.http.post(f"{_PATH}/preview", json=body),
    ):
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)
        assert says in answer.json["errors"][0]["message"]


async def test_what_is_not_chosen_follows_runs_or_the_installation(scene: Scene) -> None:
    olga = scene.cast.olga.http
    await olga.patch("/organizations/current", json={"run_retention_days": 33})
    await olga.request("PUT", _PATH, json={"runs": 44, "audit": 100, "logs": 40, "usage": 200})

    rules = {each["kind"]: each for each in (await olga.get(_PATH)).json["rules"]}
    shown = (await olga.get("/organizations/current")).json
    refused = await scene.cast.vera.http.request("PUT", _PATH, json={"runs": 1, "audit": 30})
    entries = (await olga.get("/audit-log?action=organization.retention_changed")).json["items"]

    assert (shown["run_retention_days"], shown["audit_retention_days"]) == (44, 100)
    assert (rules["logs"]["days"], rules["logs"]["maximum_days"]) == (40, 44)
    assert (rules["messages"]["days"], rules["messages"]["effective_days"], rules["messages"]["follows"]) == (
        None,
        44,
        "runs",
    )
    assert (rules["metrics"]["effective_days"], rules["metrics"]["follows"]) == (1825, "installation")
    assert (rules["usage"]["effective_days"], rules["usage"]["minimum_days"]) == (200, 31)
    assert refused.status == 403
    assert [(each["before"]["runs"], each["after"]["logs"]) for each in entries] == [(33, 40)]
