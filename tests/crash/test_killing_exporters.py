"""A worker that exports traces is killed between two batches: another one goes on, and no span is lost."""

import asyncio
import signal

from aiohttp import web

from tests.crash.ground import Ground
from tests.integrations.tracing.receiver import Got, receiving

_RUNS = 105
"""More than one batch."""


async def test_killed_exporter_loses_no_span(ground: Ground) -> None:
    arrived = asyncio.Event()
    async with receiving() as receiver:

        async def hang(_: list[Got]) -> web.Response | None:
            if len({span.attributes["retinue.run.id"] for span in receiver.spans}) >= 100:
                arrived.set()
                await asyncio.Event().wait()
            return None

        receiver.before = hang
        worker = await ground.worker(RETINUE_OTLP_ENDPOINT=receiver.url)
        async with asyncio.timeout(60):
            while not ground.rows("SELECT 1 FROM trace_destinations"):
                await asyncio.sleep(0.05)
            runs = [ground.start([{"text": "Done."}], []) for _ in range(_RUNS)]
            ground.rows("SELECT 1 FROM pg_notify('retinue_work', '')")
            await arrived.wait()

        for run in runs:
            await ground.status(run)
        worker.signal(signal.SIGKILL)
        await worker.gone()
        receiver.before = None
        ground.rows("UPDATE trace_destinations SET held_until = now() RETURNING 1")
        await ground.worker(RETINUE_OTLP_ENDPOINT=receiver.url)
        async with asyncio.timeout(60):
            while ground.rows("SELECT 1 FROM trace_exports"):
                await asyncio.sleep(0.05)

    told = {(span.attributes["retinue.run.id"], span.attributes.get("retinue.step.id")) for span in receiver.spans}
    expected = {(str(run), None) for run in runs}
    expected |= {
        (str(run), str(step)) for run, step in ground.rows("SELECT run_id, id FROM run_steps WHERE run_id = ANY (%s)", runs)
    }
    assert expected - told == set()
