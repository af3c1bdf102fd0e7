"""How long does a page of 50 runs take at a million rows, first page, deep page and filtered?

The rows are inserted by SQL into one organization, with the shape that finished runs have. Times are those of the requests.

    python -m benchmarks.bench_list

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): 3.9 ms the first page, 4.9 to 5.8 ms each
page after it, whatever the filter.
"""

import asyncio
import time

from benchmarks.installation import Installation, installation, stand_in_agent
from benchmarks.report import Report, median, percentile

ROWS = 1_000_000
_FILL = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, agent_version, status, trigger, plan,
                  input, output, trace_id, duration_ms, created_at, started_at, completed_at)
SELECT gen_random_uuid(), a.organization_id, 'agent', a.id, a.name, a.id, 1,
       (ARRAY['completed', 'completed', 'completed', 'failed', 'cancelled'])[1 + n %% 5], 'api', '{}',
       '{"prompt": "Say it."}', '{"text": "It."}', md5(n::text), 1200,
       now() - n * interval '1 second', now() - n * interval '1 second', now()
FROM agents a, generate_series(1, %s) n WHERE a.id = %s
"""


async def _pages(made: Installation, query: str, pages: int = 20) -> list[float]:
    cursor = ""
    times: list[float] = []
    for _ in range(pages):
        began = time.perf_counter()
        page = await made.call("GET", f"/runs?limit=50{query}{cursor}")
        times.append((time.perf_counter() - began) * 1000)
        assert len(page["items"]) == 50
        cursor = f"&cursor={page['next_cursor']}"
    return times


async def main() -> None:
    """Measure and tell."""
    report = Report("list")
    async with installation(workers=1) as made:
        agent_id = await stand_in_agent(made, "answer")
        began = time.perf_counter()
        made.query(_FILL, ROWS, agent_id)
        made.query("VACUUM ANALYZE runs")
        report.figure("filling a million rows", time.perf_counter() - began, "s")
        first = [(await _pages(made, "", 1))[0] for _ in range(30)]
        report.figure("first page of 50, median", median(first), "ms", most=20)
        report.figure("first page of 50, 95th percentile", percentile(first, 0.95), "ms")
        for name, query in (("all", ""), ("failed", "&status=failed"), ("of one agent", f"&agent_id={agent_id}")):
            report.figure(f"20 pages in a row, {name}, median", median(await _pages(made, query)), "ms", most=20)
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
