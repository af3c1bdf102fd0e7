"""Files on a real S3-compatible store: put, read and deleted, and each of its refusals with a sentence of its own."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from retinue.core.storage import FileMissingError, Storage, StorageSettings, StorageUnavailableError
from tests.s3 import S3, serving_s3

PART = 6_000_000
ATTEMPTS = 3


@pytest.fixture(scope="module")
def served() -> Iterator[S3]:
    with serving_s3() as store:
        yield store


@pytest.fixture
def store(served: S3) -> S3:
    assert served.keys() == set(), "a test left a file behind"
    return served


async def _pieces(*, fails: bool = False) -> AsyncIterator[bytes]:
    for letter in (b"a", b"b", b"c"):
        yield letter * PART
    if fails:
        raise ValueError("too large")


def _attempts(storage: Storage) -> list[Callable[[], Awaitable[object]]]:
    return [
        lambda: storage.put("runs/small", b"hello"),
        lambda: storage.put("runs/large", _pieces()),
        lambda: storage.read("runs/small"),
        lambda: storage.delete(["runs/small"]),
    ]


async def test_files_on_an_s3_store_come_back_and_go(store: S3) -> None:
    storage = store.storage()

    small = await storage.put("runs/small", b"hello")
    large = await storage.put("runs/large", _pieces())

    assert (small.size_bytes, large.size_bytes) == (5, 3 * PART)
    assert store.keys() == {"kept/runs/small", "kept/runs/large"}
    assert b"".join([each async for each in await storage.read("runs/small")]) == b"hello"
    assert b"".join([each async for each in await storage.read("runs/large")]) == b"a" * PART + b"b" * PART + b"c" * PART
    await storage.delete(["runs/small", "runs/large", "runs/never"])
    assert store.keys() == set()
    with pytest.raises(FileMissingError):
        await storage.read("runs/small")


async def test_an_upload_that_breaks_off_leaves_no_file(store: S3) -> None:
    with pytest.raises(ValueError, match="too large"):
        await store.storage().put("runs/large", _pieces(fails=True))

    assert store.keys() == set()


@pytest.mark.parametrize(
    ("wrong", "words", "remedy"),
    [
        ({"key": "unknown"}, "refuses the access", "RETINUE_ARTIFACTS_ACCESS_KEY_ID"),
        ({"secret": "another"}, "refuses the access", "RETINUE_ARTIFACTS_ACCESS_KEY_ID, its secret"),
        ({"bucket": "elsewhere"}, "bucket for files does not exist", "RETINUE_ARTIFACTS_URL"),
    ],
)
async def test_a_store_that_refuses_is_told_with_its_remedy(
    store: S3, wrong: dict[str, str], words: str, remedy: str
) -> None:
    for attempt in _attempts(store.storage(**wrong)):
        with pytest.raises(StorageUnavailableError) as refused:
            await attempt()
        assert words in refused.value.detail
        assert remedy in (refused.value.remedy_text or "")


async def test_an_unavailable_store_is_reported() -> None:
    with serving_s3() as store:
        storage = store.storage()
        await storage.put("runs/small", b"hello")

    for attempt in _attempts(storage):
        with pytest.raises(StorageUnavailableError) as refused:
            await attempt()
        assert refused.value.detail == "The file storage does not respond or refuses access."


@pytest.mark.parametrize("failures", [ATTEMPTS - 1, 1000])
async def test_a_store_that_is_busy_is_asked_three_times(failures: int) -> None:
    asked: list[str] = []

    async def busy(request: web.Request) -> web.Response:
        await request.read()
        asked.append(request.method)
        return web.Response(status=503 if len(asked) <= failures else 200, headers={"ETag": '"e"'})

    async with _answering(busy) as storage:
        try:
            await storage.put("runs/small", b"hello")
            is_stored = True
        except StorageUnavailableError:
            is_stored = False

    assert asked == ["PUT"] * ATTEMPTS
    assert is_stored == (failures < ATTEMPTS)


async def test_a_key_without_the_right_to_delete_is_reported() -> None:
    denied = "<Error><Key>kept/runs/small</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

    async def refuse(request: web.Request) -> web.Response:  # as Amazon does: the request succeeds, each key's deletion not
        await request.read()
        return web.Response(text=f"<DeleteResult>{denied}</DeleteResult>", content_type="application/xml")

    async with _answering(refuse) as storage:
        with pytest.raises(StorageUnavailableError) as refused:
            await storage.delete(["runs/small"])

    assert refused.value.detail == "The storage of files refuses the access."


@asynccontextmanager
async def _answering(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncGenerator[Storage]:
    """Give a storage on a store that answers like this, which no real one does at will."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    settings = StorageSettings(
        artifacts_url="s3://files/kept",
        artifacts_endpoint=f"http://{host}:{port}",
        artifacts_access_key_id="known",
        artifacts_secret_access_key=SecretStr("secret"),
    )
    try:
        yield Storage(settings, Path("unused"))
    finally:
        await runner.cleanup()
