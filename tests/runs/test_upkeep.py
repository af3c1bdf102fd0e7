"""Upkeep: what is too old goes with its files, what lost its job gets one again."""

from retinue.engine.ports import ToolArtifact, ToolResult
from retinue.process import Process
from retinue.runs import tasks
from tests.runs.scene import Gate, Scene


async def test_a_run_that_lost_its_job_gets_one_again(scene: Scene, process: Process) -> None:
    run = await scene.started(await scene.agent("Done."))
    await scene.owner("UPDATE runs SET status = 'running' WHERE id = %s", run)

    await tasks.reconcile(process.database)
    await tasks.reconcile(process.database)

    assert await scene.owner("SELECT count(*) FROM dispatch.procrastinate_jobs WHERE lock = %s", run) == [(1,)]


async def test_a_run_that_waits_for_a_time_and_lost_its_job_gets_one_again(scene: Scene, process: Process) -> None:
    run = await scene.started(await scene.agent("Done."))
    wait = "UPDATE runs SET status = 'waiting', waiting_reason = 'timer', wake_at = '2100-01-01' WHERE id = %s"
    await scene.owner(wait, run)

    await tasks.reconcile(process.database)
    await tasks.reconcile(process.database)

    jobs = "SELECT count(*), extract(year FROM min(scheduled_at))::integer FROM dispatch.procrastinate_jobs WHERE lock = %s"
    assert await scene.owner(jobs, run) == [(1, 2100)]


async def test_a_run_that_went_on_before_its_time_and_lost_its_job_goes_on_at_once(scene: Scene, process: Process) -> None:
    run = await scene.started(await scene.agent("Done."))
    await scene.owner("UPDATE runs SET status = 'running', wake_at = '2100-01-01' WHERE id = %s", run)

    await tasks.reconcile(process.database)

    jobs = "SELECT scheduled_at FROM dispatch.procrastinate_jobs WHERE lock = %s"
    assert await scene.owner(jobs, run) == [(None,)]


async def test_a_larger_number_of_slots_is_used_without_waiting_for_an_end(played: Scene) -> None:
    await played.slots(1)
    gate = Gate()
    played.tools["gate"] = gate.tool
    agent = await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",))
    first, second = await played.started(agent), await played.started(agent)
    await gate.wait()
    before = (await played.run(second))["status"]
    await played.slots(2)

    await played.until(second, "running")
    gate.opened.set()

    assert before == "pending"
    assert {(await played.until(run))["status"] for run in (first, second)} == {"completed"}


async def test_a_run_that_waits_for_nothing_goes_on(played: Scene, process: Process) -> None:
    played.tools["send"] = lambda _: "sent"
    ask = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
    run = await played.started(await played.agent(ask, "Done.", tools=("send:approval",)))
    await played.until(run, "waiting")
    decision = "UPDATE approvals SET status = 'approved', decision = '{\"decision\": \"approve\"}' WHERE run_id = %s"
    await played.owner(decision, run)

    await tasks.reconcile(process.database)

    assert (await played.until(run))["status"] == "completed"


async def test_runs_older_than_the_organization_keeps_them_go_with_their_files(played: Scene, process: Process) -> None:
    artifact = ToolArtifact("note.txt", "text/plain", b"hello")
    played.tools["write"] = lambda _: ToolResult("written", artifacts=(artifact,))
    agent = await played.agent({"tool_calls": [{"name": "write"}]}, "Done.", tools=("write",))
    old, young = [await played.started(agent) for _ in range(2)]
    for run in (old, young):
        await played.until(run, "completed")
    folder = process.resources.core.data_dir / "artifacts" / "runs" / str(played.cast.acme)
    before = sorted(path.name for path in folder.iterdir() if any(path.iterdir()))
    await played.owner("UPDATE runs SET created_at = now() - interval '91 days' WHERE id = %s", old)

    await tasks.delete_expired(process.database)
    left = sorted(path.name for path in folder.iterdir() if any(path.iterdir()))
    rows = await played.owner("SELECT count(*) FROM run_steps WHERE run_id = %s", old)

    assert (await played.cast.anna.http.get(f"/runs/{old}")).status == 404
    assert (await played.cast.anna.http.get(f"/runs/{young}")).status == 200
    assert (before, left) == (sorted([old, young]), [young])
    assert rows == [(0,)]


async def test_an_old_run_that_is_not_over_stays(scene: Scene, process: Process) -> None:
    run = await scene.started(await scene.agent("Done."))
    await scene.owner("UPDATE runs SET created_at = now() - interval '91 days' WHERE id = %s", run)

    await tasks.delete_expired(process.database)

    assert (await scene.run(run))["status"] == "pending"
