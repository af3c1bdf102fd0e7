"""What does a team add to its members' work?

A team of five members that collaborate (one model call, after them) against the same five agents run directly at the same
time, and one run of the leader's agent: the difference, divided by the members, is what the platform adds for each. Models
answer at once (scripted). One API, one worker, the embedded server's settings.
Then 20 and 200 delegations in one run: the checkpoints must grow with them, not with their square.

    python -m benchmarks.bench_teams
"""

import asyncio
import time
from typing import Any

from benchmarks.installation import Installation, agent, installation, unsuccessful
from benchmarks.report import Report, median

_SCRIPTED = "00000000-0000-0000-0000-000000000002"
_MEMBERS = 5
_TIMES = 30


def _scripted(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"model": {"provider_id": _SCRIPTED}, "parameters": {"script": {"turns": list(turns)}}}


async def _run(made: Installation, kind: str, target_id: str) -> str:
    headers = made.headers | {"Prefer": "wait=60"}
    body = {"type": kind, "target_id": target_id, "input": {"prompt": "Say it."}}
    async with made.http.post(f"{made.api_url}/api/v1/runs", json=body, headers=headers) as response:
        run = await response.json()
        assert run["status"] == "completed", run
    return str(run["id"])


async def _team(made: Installation, kind: str, config: dict[str, Any], members: list[str]) -> str:
    roster = [{"agent_id": each} for each in members]
    body = {"name": f"Bench {kind}", "type": kind, "config": config, "members": roster}
    return str((await made.call("POST", "/teams", body))["id"])


async def _against_direct_runs(report: Report, made: Installation) -> None:
    members = [await agent(made, _scripted({"text": "Said."})) for _ in range(_MEMBERS)]
    leader = await agent(made, _scripted({"text": "All said."}))
    config = _scripted({"text": "All said."}) | {"max_parallel": _MEMBERS}
    team = await _team(made, "collaborate", config, members)
    direct, together = list[float](), list[float]()
    for number in range(_TIMES + 3):
        began = time.perf_counter()
        await asyncio.gather(*(_run(made, "agent", each) for each in members))
        await _run(made, "agent", leader)
        between = time.perf_counter()
        await _run(made, "team", team)
        if number >= 3:
            direct.append(between - began)
            together.append(time.perf_counter() - between)
    report.figure("five direct runs and one of the leader, p50", median(direct) * 1000, "ms")
    report.figure("team of five, p50", median(together) * 1000, "ms")
    added = (median(together) - median(direct)) * 1000 / _MEMBERS
    report.figure("added for each member", added, "ms", most=15)


async def _growth(report: Report, made: Installation) -> None:
    member = await agent(made, _scripted({"text": "Said."}))
    name = (await made.call("GET", f"/agents/{member}"))["name"]
    key = name.lower().replace(" ", "-")
    sizes: dict[int, float] = {}
    for count in (20, 200):
        calls = [{"name": "delegate", "arguments": {"member": key, "task": "Say it."}} for _ in range(count // 20)]
        config = _scripted({"tool_calls": calls, "times": 20}, {"text": "Done."})
        config |= {"max_rounds": 50, "max_delegations": 1000, "limits": {"max_steps": 1000}}
        run_id = await _run(made, "team", await _team(made, "coordinate", config, [member]))
        ((size,),) = made.query("SELECT sum(length(document::text)) FROM checkpoints WHERE run_id = %s", run_id)
        ((children,),) = made.query("SELECT count(*) FROM runs WHERE parent_run_id = %s", run_id)
        assert children == count, children
        sizes[count] = float(size)
        report.figure(f"{count} delegations: checkpoints", float(size) / 1024, "KiB")
    report.figure("growth of checkpoints for ten times the delegations", sizes[200] / sizes[20], "", most=11)


async def main() -> None:
    """Measure and tell."""
    report = Report("teams")
    async with installation() as made:
        await _against_direct_runs(report, made)
        await _growth(report, made)
        failed = [row for row in unsuccessful(made) if row[1]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
