"""Files on an S3-compatible store, spoken to over a real socket: the protocol as far as files need it, with its refusals.

Source: Amazon S3 API reference (PutObject, GetObject, DeleteObjects, multipart uploads, error responses).
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from retinue.core.storage import FileMissingError, Storage, StorageSettings, StorageUnavailableError

PART = 6_000_000


@dataclass
class Store:
    """A store with one bucket, ``files``, and one key, ``known``."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])

    async def handle(self, request: web.Request) -> web.Response:
        bucket, _, key = request.path.removeprefix("/").partition("/")
        if "Credential=known/" not in request.headers.get("Authorization", ""):
            return _refusal(403, "InvalidAccessKeyId")
        if bucket != "files":
            return _refusal(404, "NoSuchBucket")
        if request.method == "GET":
            return web.Response(body=self.objects[key]) if key in self.objects else _refusal(404, "NoSuchKey")
        return self._written(request, key, await request.read())

    def _written(self, request: web.Request, key: str, body: bytes) -> web.Response:
        asked = request.query
        if "delete" in asked:
            names = re.findall(r"<Key>(.*?)</Key>", body.decode())
            for name in names:
                self.objects.pop(name, None)
            gone = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            return web.Response(text=f"<DeleteResult>{gone}</DeleteResult>", content_type="application/xml")
        if "uploads" in asked:
            made = f"<InitiateMultipartUploadResult><UploadId>one</UploadId><Key>{key}</Key></InitiateMultipartUploadResult>"
            return web.Response(text=made, content_type="application/xml")
        if request.method == "DELETE":
            self.parts.clear()
            return web.Response(status=204)
        if "partNumber" in asked:
            self.parts[int(asked["partNumber"])] = body
        elif "uploadId" in asked:
            self.objects[key] = b"".join(self.parts[number] for number in sorted(self.parts))
            done = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'
            return web.Response(text=done, content_type="application/xml")
        else:
            self.objects[key] = body
        return web.Response(headers={"ETag": '"e"'})

    def storage(self, bucket: str = "files", key: str = "known") -> Storage:
        settings = StorageSettings(
            artifacts_url=f"s3://{bucket}/kept",
            artifacts_endpoint=self.url,
            artifacts_access_key_id=key,
            artifacts_secret_access_key=SecretStr("secret"),
        )
        return Storage(settings, Path("unused"))


def _refusal(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store()
    application = web.Application(client_max_size=100_000_000)
    application.router.add_route("*", "/{path:.*}", store.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    store.url = f"http://{host}:{port}"
    yield store
    await runner.cleanup()


async def _pieces(*, fails: bool = False) -> AsyncIterator[bytes]:
    for letter in (b"a", b"b", b"c"):
        yield letter * PART
    if fails:
        raise ValueError("too large")


async def test_files_on_an_s3_store_come_back_and_go(store: Store) -> None:
    storage = store.storage()

    small = await storage.put("runs/small", b"hello")
    large = await storage.put("runs/large", _pieces())

    assert (small.size_bytes, large.size_bytes) == (5, 3 * PART)
    assert set(store.objects) == {"kept/runs/small", "kept/runs/large"}
    assert b"".join([each async for each in await storage.read("runs/small")]) == b"hello"
    assert b"".join([each async for each in await storage.read("runs/large")]) == store.objects["kept/runs/large"]
    await storage.delete(["runs/small", "runs/large", "runs/never"])
    assert store.objects == {}
    with pytest.raises(FileMissingError):
        await storage.read("runs/small")


async def test_an_upload_that_breaks_off_leaves_no_file(store: Store) -> None:
    with pytest.raises(ValueError, match="too large"):
        await store.storage().put("runs/large", _pieces(fails=True))

    assert store.objects == {}


@pytest.mark.parametrize(
    ("bucket", "key", "words", "remedy"),
    [
        ("files", "wrong", "refuses the access", "RETINUE_ARTIFACTS_ACCESS_KEY_ID"),
        ("elsewhere", "known", "bucket for files does not exist", "RETINUE_ARTIFACTS_URL"),
    ],
)
async def test_a_store_that_refuses_is_told_with_its_remedy(
    store: Store, bucket: str, key: str, words: str, remedy: str
) -> None:
    storage = store.storage(bucket, key)

    for attempt in (
        lambda: storage.put("runs/small", b"hello"),
        lambda: storage.read("runs/small"),
        lambda: storage.delete(["runs/small"]),
    ):
        with pytest.raises(StorageUnavailableError) as refused:
            await attempt()
        assert words in refused.value.detail
        assert remedy in (refused.value.remedy_text or "")
