"""Reading a run's event stream, with as little of its own cost as can be."""

import time
from collections.abc import AsyncIterator

import aiohttp

from benchmarks.installation import Installation


async def frames(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, bytes]]:
    """Yield (event, data) as they arrive."""
    buffer = b""
    async for chunk in response.content.iter_any():
        buffer += chunk.replace(b"\r\n", b"\n")
        while b"\n\n" in buffer:
            frame, buffer = buffer.split(b"\n\n", 1)
            event, data = "", b""
            for line in frame.split(b"\n"):
                if line.startswith(b"event:"):
                    event = line[6:].strip().decode()
                elif line.startswith(b"data:"):
                    data += line[5:].strip()
            if event:
                yield event, data


async def follow(made: Installation, run_id: str) -> tuple[float | None, float, int]:
    """Follow a run to its end: instants of the first token and of the end (perf_counter), and characters of tokens."""
    first: float | None = None
    characters = 0
    headers = {**made.headers, "Accept": "text/event-stream"}
    url = f"{made.api_url}/api/v1/runs/{run_id}/events"
    async with made.http.get(url, headers=headers) as response:
        assert response.status == 200, await response.text()
        async for event, data in frames(response):
            if event == "token":
                first = first or time.perf_counter()
                characters += len(data)
            elif event in {"run.completed", "run.failed", "run.cancelled"}:
                assert event == "run.completed", data
                return first, time.perf_counter(), characters
    raise SystemExit("the stream ended before the run")
