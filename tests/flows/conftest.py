"""A worker beside the server of the tests."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from retinue.process import Process
from retinue.worker import opened, services_of


@pytest.fixture
async def worker(environ: dict[str, str]) -> AsyncIterator[None]:
    """Work beside the server, with every part as it is."""
    process = Process(environ)
    async with opened(process) as workshop:
        tasks = [asyncio.create_task(each) for each in services_of(process, workshop)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
