"""Files of a bucket: the requests of S3's API, signed by version 4, sent through the guarded client.

The client of the installation's own storage resolves names by itself, so it cannot be kept from private addresses.
Source: Amazon S3 API reference, GetObject, PutObject, ListObjectsV2, Signature Version 4.
"""

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from yarl import URL

from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import (
    Outbound,
    OutboundFailedError,
    OutboundRequest,
    OutboundResponse,
    OutboundUnreachedError,
)
from retinue.engine.spec.file import AccessKeyCredentials, FileConfiguration
from retinue.tools.kinds.file.store import FileEntry, FileRefusedError, Listing

_LIST_BYTES = 4 * 1024 * 1024
_ERROR_BYTES = 65_536
_PAGE = 1000
_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_NOT_FOUND, _ERROR = 404, 400


@dataclass(frozen=True, slots=True)
class Bucket:
    """The files below a prefix of a bucket."""

    configuration: FileConfiguration
    credentials: AccessKeyCredentials
    outbound: Outbound
    now: datetime
    timeout_seconds: float
    allowed_hosts: tuple[str, ...] | None

    async def entries(self, path: str, *, is_deep: bool, most: int) -> Listing:
        """See ``Store``."""
        prefix = self._key(path)
        query = {"list-type": "2", "prefix": f"{prefix}/" if prefix else "", "max-keys": str(min(most + 1, _PAGE))}
        if not is_deep:
            query["delimiter"] = "/"
        found: list[FileEntry] = []
        while True:
            page = _read_page(await self._send("GET", "", query=query, most_bytes=_LIST_BYTES))
            found += [self._entry(each) for each in page.entries]
            if len(found) > most or page.following is None:
                break
            query["continuation-token"] = page.following
        if not found and path:
            raise FileRefusedError(f"{path} does not exist.")
        found.sort(key=lambda entry: entry.path)
        return Listing(tuple(found[:most]), is_cut=len(found) > most)

    async def read(self, path: str, most_bytes: int) -> bytes:
        """See ``Store``."""
        response = await self._send("GET", self._key(path), most_bytes=most_bytes)
        if response.status == _NOT_FOUND:
            raise FileRefusedError(f"{path} does not exist.")
        if _demand_success(response).is_cut or len(response.body) > most_bytes:
            raise FileRefusedError(f"{path} has more than {most_bytes} bytes, which this tool reads at most.")
        return response.body

    async def write(self, path: str, content: bytes) -> None:
        """See ``Store``."""
        try:
            _demand_success(await self._send("PUT", self._key(path), body=content, most_bytes=_LIST_BYTES))
        except OutboundFailedError as error:
            is_unknown = not isinstance(error, OutboundUnreachedError)
            raise FileRefusedError(f"{error.detail}", is_unknown=is_unknown) from None

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self.configuration.prefix, path) if part)

    def _entry(self, entry: FileEntry) -> FileEntry:
        prefix = self.configuration.prefix
        path = entry.path[len(prefix) + 1 :] if prefix else entry.path
        return FileEntry(path, entry.type, entry.size_bytes, entry.modified_at)

    async def _send(
        self, method: str, key: str, *, most_bytes: int, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> OutboundResponse:
        path = quote(f"/{self.configuration.bucket}/{key}" if key else f"/{self.configuration.bucket}", safe="/~-_.")
        written = "&".join(
            f"{quote(name, safe='~-_.')}={quote(value, safe='~-_.')}" for name, value in sorted((query or {}).items())
        )
        url = f"{self.configuration.effective_endpoint}{path}" + (f"?{written}" if written else "")
        request = OutboundRequest(
            method,
            url,
            self._signed(method, path, written, body or b""),
            body,
            timeout_seconds=self.timeout_seconds,
            max_bytes=max(most_bytes, _ERROR_BYTES),
            is_cut=True,
            max_redirects=0,
            allowed_hosts=self.allowed_hosts,
            is_exact=True,
        )
        try:
            return await self.outbound.send(request)
        except OutboundRefusedError as error:
            raise FileRefusedError(error.detail) from None

    def _signed(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """Return the headers of a request, the signature among them."""
        url = URL(self.configuration.effective_endpoint)
        host = url.raw_host if url.is_default_port() else f"{url.raw_host}:{url.port}"
        stamp = self.now.strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": str(host), "x-amz-content-sha256": digest, "x-amz-date": stamp}
        names = ";".join(sorted(headers))
        canonical = "\n".join(
            [method, path, query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest]
        )
        scope = f"{stamp[:8]}/{self.configuration.region}/s3/aws4_request"
        told = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.credentials.secret_access_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, told.encode(), "sha256").hex()
        del headers["host"]  # the client's own
        known = f"Credential={self.credentials.access_key_id}/{scope}"
        return headers | {"authorization": f"AWS4-HMAC-SHA256 {known}, SignedHeaders={names}, Signature={signature}"}


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[FileEntry]
    following: str | None


def _read_page(response: OutboundResponse) -> _Page:
    try:
        root = ET.fromstring(_demand_success(response).body)  # noqa: S314 - expat refuses entities that multiply
    except ET.ParseError:
        raise FileRefusedError("The store's answer cannot be read.") from None
    entries = [
        FileEntry((each.findtext(f"{_NAMESPACE}Prefix") or "").rstrip("/"), "folder")
        for each in root.iter(f"{_NAMESPACE}CommonPrefixes")
    ]
    for each in root.iter(f"{_NAMESPACE}Contents"):
        key = each.findtext(f"{_NAMESPACE}Key") or ""
        if not key.endswith("/"):
            size = int(each.findtext(f"{_NAMESPACE}Size") or 0)
            entries.append(FileEntry(key, "file", size, each.findtext(f"{_NAMESPACE}LastModified")))
    return _Page(entries, root.findtext(f"{_NAMESPACE}NextContinuationToken"))


def _demand_success(response: OutboundResponse) -> OutboundResponse:
    if response.status < _ERROR:
        return response
    code = ""
    with suppress(ET.ParseError):
        code = ET.fromstring(response.body).findtext("Code") or ""  # noqa: S314 - as above
    raise FileRefusedError(f"The store answered with status {response.status}{f' ({code})' if code else ''}.")
