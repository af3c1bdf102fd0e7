"""How many points a second does InfluxDB's line protocol bring in, beside COPY into the same table in the same run?

Four clients write batches of 5,000 lines with one field, a tag and a timestamp, plain and as gzip, and batches of 1,000
lines with five fields, as Telegraf sends them. COPY writes 200,000 rows into the same table in one connection; it checks
nothing, knows no agents and notes no changes. CPU is that of the API and of PostgreSQL for a thousand points.

    python -m benchmarks.bench_line_protocol

Seen (two quiet cores, load 1.5, November 2026): COPY 327,000 rows/s; 49,600 points/s plain (0.15 of COPY), 53,300 as gzip
(0.16), 60,100 with five fields a line (0.18); 13 to 19 ms of the API's CPU a thousand points and 7 to 14 of PostgreSQL's. A
tenth of COPY is the least.
"""

import asyncio
import gzip
import time
from collections.abc import Callable

from benchmarks.installation import Installation, installation, until
from benchmarks.points import copy_points
from benchmarks.report import Report

_CLIENTS = 4
_REQUESTS = 10
"""Of each client."""
_POINTS = 5000
_FIELDS = ("idle", "user", "system", "iowait", "steal")
_LEAST_SHARE = 0.1


def _single(number: int) -> bytes:
    at = time.time_ns() - 600_000_000_000 + number * _POINTS * 1000
    lines = [f"response_time,agent=Scribe,host=box value={200 + n % 977} {at + n * 1000}" for n in range(_POINTS)]
    return "\n".join(lines).encode()


def _several(number: int) -> bytes:
    at = time.time_ns() - 1_200_000_000_000 + number * _POINTS * 1000
    fields = ",".join(f"usage_{name}={position}.5" for position, name in enumerate(_FIELDS))
    lines = [f"cpu,agent=Scribe,cpu=cpu-total,host=box {fields} {at + n * 1000}" for n in range(_POINTS // len(_FIELDS))]
    return "\n".join(lines).encode()


async def _post(made: Installation, body: bytes, headers: dict[str, str]) -> None:
    """Write a batch, again while the database is too busy, as clients do."""
    while True:
        async with made.http.post(f"{made.api_url}/api/v2/write", data=body, headers=headers) as response:
            if response.status == 204:
                return
            if response.status != 503:
                raise SystemExit(await response.text())
        await asyncio.sleep(1.0)


async def _write(made: Installation, make: Callable[[int], bytes], report: Report, what: str, *, is_packed: bool) -> float:
    """Return the points a second that the API takes, and tell what CPU they cost."""
    headers = {"Authorization": made.headers["Authorization"].replace("Bearer", "Token")}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    bodies = [make(number) for number in range(_CLIENTS * _REQUESTS)]
    bodies = [gzip.compress(body, 6) for body in bodies] if is_packed else bodies

    async def client(mine: list[bytes]) -> None:
        for body in mine:
            await _post(made, body, headers)

    before = {part: made.cpu_seconds(part) for part in ("api", "postgres")}
    began = time.perf_counter()
    await asyncio.gather(*(client(bodies[first::_CLIENTS]) for first in range(_CLIENTS)))
    seconds, count = time.perf_counter() - began, _POINTS * len(bodies)
    for part, cpu in before.items():
        report.figure(f"{what}: CPU, {part}", (made.cpu_seconds(part) - cpu) / count * 1_000_000, "ms a thousand points")
    return count / seconds


async def main() -> None:
    """Measure and report."""
    report = Report("line_protocol")
    async with installation(workers=1) as made:
        agent_id = (await made.call("POST", "/agents", {"name": "Scribe"}))["id"]
        copied = max([copy_points(made, agent_id) for _ in range(3)])
        report.figure("COPY into reported_metrics, one connection", copied, "rows/s")
        for what, make, is_packed in (
            ("one field, plain", _single, False),
            ("one field, gzip", _single, True),
            ("five fields, gzip", _several, True),
        ):
            points = max([await _write(made, make, report, what, is_packed=is_packed) for _ in range(2)])
            report.figure(f"{what}: points", points, "points/s")
            report.figure(f"{what}: share of COPY", points / copied, "", least=_LEAST_SHARE)
        await until(lambda: made.query("SELECT count(*) FROM metric_changes") == [(0,)])
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
