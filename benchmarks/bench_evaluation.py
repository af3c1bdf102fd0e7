"""What does the evaluation of alert rules add to the cost of a run?

CPU time of worker and PostgreSQL for a run of three steps, of which every twentieth fails, with no rule and with 60 rules
that watch the agent or all runs: failures in a row, in a window and as a ratio, p95 of the response time, silence, spending,
the duration of runs. In turns, the median; the rounds with rules include everything that workers do to evaluate them, which
look at such rules once a minute, and at those that watch failures when a run fails.

    python -m benchmarks.bench_evaluation [RUNS [ROUNDS]]

Seen (two cores, load 1, PostgreSQL 18, end of November 2026, three times): -1.5, 1.5 and 4.4 % of 5.0 ms; a run of the
benchmark tells no more than three percent either way. Since runs are cheaper, twice: 1.4 % of 3.5 ms, 5.2 % of 2.9.
"""

import asyncio
import sys

import psycopg

from benchmarks.installation import Installation, agent, finished, installation, start_runs, until
from benchmarks.report import Report, median

_RUNS = 400
_ROUNDS = 5
_RULES_OF_A_KIND = 10
_FAILING_SHARE = 20
_CALL = {"tool_calls": [{"name": "calculator", "arguments": {"expression": "2 + 2"}}]}
_GOOD = {"turns": [_CALL, {"text": "It is four."}]}
_BAD = {"turns": [_CALL, {"error": "down"}]}
_CONDITIONS = (
    {"status": "error", "consecutive_failures": 3},
    {"status": "error", "count": 1_000_000, "window": "15m"},
    {"status": "error", "ratio": 0.9, "window": "1h", "min_count": 20},
    {"metric": "response_time", "agg": "p95", "op": ">", "value": 1e9, "window": "10m"},
    {"run_duration": {"gt": "1h"}},
    {"budget": {"usd": 1_000_000, "period": "month"}},
)


async def _agents(made: Installation) -> tuple[str, str]:
    """Make an agent whose runs complete and one whose runs fail."""
    found = (await made.call("GET", "/models"))["items"]
    scripted = next(each for each in found if each["kind"] == "scripted")
    model = {"provider_id": scripted["provider_id"], "name": scripted["name"]}
    configs = [
        {"model": model, "parameters": {"script": script}, "tools": [{"name": "calculator"}]} for script in (_GOOD, _BAD)
    ]
    return await agent(made, configs[0]), await agent(made, configs[1])


async def _rules(made: Installation, agents: tuple[str, str]) -> int:
    """Make the rules, a third each about the two agents and about all runs; return how many."""
    number = 0
    for conditions in _CONDITIONS:
        for _ in range(_RULES_OF_A_KIND):
            scope = ({"agent_id": agents[0]}, {"agent_id": agents[1]}, {})[number % 3]
            await made.call("POST", "/alert-configs", {"name": f"Rule {number}", "conditions": conditions, **scope})
            number += 1
    return number


async def _cpu_of_runs(made: Installation, agents: tuple[str, str], runs: int) -> float:
    """Return the CPU milliseconds of worker and PostgreSQL for a run, its metrics written included."""
    failing = runs // _FAILING_SHARE
    before, cpu = finished(made), made.cpu_seconds("worker") + made.cpu_seconds("postgres")
    await start_runs(made, agents[0], runs - failing)
    await start_runs(made, agents[1], failing)
    await until(lambda: finished(made) >= before + runs)
    await until(lambda: made.query("SELECT count(*) FROM run_endings") == [(0,)])
    return (made.cpu_seconds("worker") + made.cpu_seconds("postgres") - cpu) / runs * 1000


async def main(runs: int, rounds: int) -> None:
    """Measure and report."""
    report = Report("evaluation")
    async with installation(workers=1) as made:
        agents = await _agents(made)
        rules = await _rules(made, agents)
        seen: dict[bool, list[float]] = {True: [], False: []}
        await _cpu_of_runs(made, agents, runs)
        for _ in range(rounds):
            for enabled, figures in seen.items():
                with psycopg.connect(made.owner_url, autocommit=True) as owner:
                    owner.execute(
                        "UPDATE alert_configs SET enabled = %s,"
                        " next_eval_at = CASE WHEN %s THEN tenant.now() + random() * interval '1 minute' END",
                        (enabled, enabled),
                    )
                figures.append(await _cpu_of_runs(made, agents, runs))
        evaluated, unevaluated = median(seen[True]), median(seen[False])
        report.figure("CPU of a run without rules", unevaluated, "ms")
        report.figure(f"CPU of a run with {rules} rules", evaluated, "ms")
        report.figure("evaluation, of a run's CPU", (evaluated / unevaluated - 1) * 100, "%", most=2)
    report.close()


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(*(given + [_RUNS, _ROUNDS][len(given) :])))
