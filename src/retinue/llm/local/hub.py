"""Fetching one file of the Hugging Face hub, or of the mirror that HF_ENDPOINT names, and checking it by the hub's own hash.

The hub tells a file's SHA-256 and size in the headers of its first answer, before it redirects to where the file lies. Both
are stored beside the models at the first download, and every later download of that model must have the same.
"""

import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import quote, urlsplit

from retinue.llm.local.download import COPY_BYTES
from retinue.llm.local.errors import LocalModelDamagedError, LocalModelNotFetchedError
from retinue.llm.local.types import HubFile, LocalModel, Report

ENDPOINT = "https://huggingface.co"
TIMEOUT_SECONDS = 30.0
VARIABLES = {
    "HF_ENDPOINT": (
        ENDPOINT,
        "The Hugging Face hub, or a mirror of it, from which `retinue models install` fetches models that are files there.",
    ),
    "HF_TOKEN": ("", "An access token for that hub. It is sent to the hub alone, and not to where the hub redirects."),
}
"""What fetching reads from the environment, with its default and meaning."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class HubFacts:
    """What the hub told of a file at its first download."""

    url: str
    sha256: str
    size_bytes: int


def facts_file(models: Path, model: LocalModel) -> Path:
    """Return where the facts of a model's first download are; they outlive its removal."""
    return models / f"{model.name}.hub.json"


def read_facts(models: Path, model: LocalModel) -> HubFacts | None:
    """Return the facts of a model's first download; None before it."""
    try:
        facts = json.loads(facts_file(models, model).read_text(encoding="utf-8"))
        return HubFacts(str(facts["url"]), str(facts["sha256"]), int(facts["size_bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_facts(models: Path, model: LocalModel, facts: HubFacts) -> None:
    """Store the facts of a model's first download."""
    values = {"url": facts.url, "sha256": facts.sha256, "size_bytes": facts.size_bytes}
    facts_file(models, model).write_text(f"{json.dumps(values)}\n", encoding="utf-8")


def url_of(hub: HubFile, environ: Mapping[str, str]) -> str:
    """Return where a file is. Raises LocalModelNotFetchedError for an HF_ENDPOINT that is no URL."""
    endpoint = (environ.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LocalModelNotFetchedError(
            f"HF_ENDPOINT is {endpoint!r}, which is no URL.",
            remedy="Set it to a URL that begins with https://, or unset it.",
        )
    return f"{endpoint}/{quote(hub.repository)}/resolve/main/{quote(hub.file)}"


def ask(hub: HubFile, environ: Mapping[str, str]) -> HubFacts:
    """Ask the hub for a file's hash and size. Raises LocalModelNotFetchedError, also when the hub tells no hash."""
    url = url_of(hub, environ)
    headers = _headers_of(url, environ)
    sha256 = (headers.get("x-linked-etag") or headers.get("etag") or "").strip().removeprefix("W/").strip('"').lower()
    size = headers.get("x-linked-size") or headers.get("content-length") or ""
    if not _SHA256.fullmatch(sha256) or not size.isdecimal():
        raise LocalModelNotFetchedError(
            f"{url} answers without the file's SHA-256 and size (X-Linked-ETag, X-Linked-Size).",
            remedy="Set HF_ENDPOINT to the hub or to a mirror that sends these headers.",
        )
    return HubFacts(url, sha256, int(size))


def download(facts: HubFacts, target: Path, report: Report, environ: Mapping[str, str]) -> None:
    """Download a file and check its size and hash. Raises LocalModelNotFetchedError, LocalModelDamagedError."""
    name = facts.url.rpartition("/")[2]
    digest = hashlib.sha256()
    done = 0
    try:
        with (
            urllib.request.build_opener(_Redirects).open(
                _request(facts.url, environ, "GET"), timeout=TIMEOUT_SECONDS
            ) as body,
            target.open("wb") as file,
        ):
            while piece := body.read(COPY_BYTES):
                done += len(piece)
                if done > facts.size_bytes:
                    break
                digest.update(piece)
                file.write(piece)
                report(name, done, facts.size_bytes)
    except (OSError, ValueError) as error:
        _refuse(facts.url, error)
    if digest.hexdigest() != facts.sha256 or done != facts.size_bytes:
        raise LocalModelDamagedError(
            f"{facts.url} has {done} bytes with the SHA-256 {digest.hexdigest()}; {facts.size_bytes} bytes with "
            f"{facts.sha256} were expected.",
            remedy="The file was removed again. Try again, or ask the operator of the mirror that HF_ENDPOINT names.",
        )


def check_unchanged(stored: HubFacts | None, told: HubFacts, file: Path) -> None:
    """Demand that the hub tells what it told at the first download. Raises LocalModelDamagedError."""
    if stored is not None and (stored.sha256, stored.size_bytes) != (told.sha256, told.size_bytes):
        raise LocalModelDamagedError(
            f"{told.url} has the SHA-256 {told.sha256}; at the first download it was {stored.sha256}.",
            remedy=f"If the publisher replaced the file, delete {file} and install it again.",
        )


class _OnTheHub(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the library calls it so
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow redirects of renamed repositories, and none away from the hub: the answer before it has the headers."""
        del fp, code, msg
        if "X-Linked-ETag" in headers or urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            return None
        return urllib.request.Request(newurl, headers=dict(req.header_items()), method="HEAD")  # noqa: S310 - the same host


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the library calls it so
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow a redirect without the token where it leads to another host."""
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            request.headers.pop("Authorization", None)
        return request


def _request(url: str, environ: Mapping[str, str], method: str) -> urllib.request.Request:
    token = environ.get("HF_TOKEN", "").strip()
    headers = {"User-Agent": "retinue", "Accept-Encoding": "identity"} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )
    return urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - url_of allows http and https alone


def _headers_of(url: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    try:
        with urllib.request.build_opener(_OnTheHub).open(_request(url, environ, "HEAD"), timeout=TIMEOUT_SECONDS) as answer:
            return _lower(answer.headers)
    except urllib.error.HTTPError as error:
        if error.code in _REDIRECTS:
            return _lower(error.headers)
        _refuse(url, error)
    except (OSError, ValueError) as error:
        _refuse(url, error)


def _lower(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _refuse(url: str, error: Exception) -> NoReturn:
    reason = f"HTTP status {error.code}" if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
    raise LocalModelNotFetchedError(
        f"{url} could not be fetched: {reason}.",
        remedy="Retinue works without it. Check the network and HF_ENDPOINT, and run 'retinue models install' again.",
    ) from error
