"""Serves the built web console: hashed files forever, the others revalidated, precompressed where the browser takes it.

An address that no route and no file answers gets the console's page, when a browser asks for a page; everything else is left
to the application's own 404. The files are made by ``npm run build`` (see ``web/README.md``).
"""

import asyncio
import hashlib
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

NONCE_MARK: Final = "__CSP_NONCE__"
"""Stands in the page where the nonce of this answer goes; Radix gives it to the one style element that it makes."""

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_HASHED = "assets/"
_FOREVER = "public, max-age=31536000, immutable"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; frame-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Retinue: the console is not built</title></head>
<body><h1>The console is not built</h1>
<p>This installation runs from its sources, and the web console was not built yet. The API works.</p>
<p>Build it with <code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>, then reload this page.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    media_type: str
    etag: str
    cache_control: str
    encodings: tuple[tuple[str, Path], ...]


def install(router: Router, directory: Path) -> None:
    """Answer with the console what no route answers. May be repeated."""
    if not isinstance(router.default, Console):
        router.default = Console(directory, router.default)


class Console:
    """ASGI application of the files in one folder; what is not theirs goes to ``fallback``."""

    def __init__(self, directory: Path, fallback: ASGIApp) -> None:
        """Take the folder of the build; it may be empty or missing, and filled later."""
        self._directory = directory
        self._fallback = fallback
        self._files: dict[str, _File] = {}
        self._page = ""
        self._built_at: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(Request(scope)) if scope["type"] == "http" else None
        await (response or self._fallback)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path = request.url.path.removeprefix("/")
        if request.method not in {"GET", "HEAD"} or path == "api" or path.startswith("api/"):
            return None
        if path not in self._files:
            await asyncio.to_thread(self._scan)
        file = self._files.get(path)
        if file is not None and path != "index.html":
            return _respond(request, file)
        if path.startswith(_HASHED) or not _wants_page(path, request.headers.get("accept", "*/*")):
            return None
        return self._respond_page()

    def _scan(self) -> None:
        """Read which files there are, when the build is another one than last time."""
        index = self._directory / "index.html"
        try:
            built_at = index.stat().st_mtime_ns
        except FileNotFoundError:
            self._files, self._page, self._built_at = {}, "", None
            return
        if built_at == self._built_at:
            return
        found = (path for path in sorted(self._directory.rglob("*")) if path.is_file())
        names = {path.relative_to(self._directory).as_posix(): path for path in found}
        self._page = index.read_text(encoding="utf-8")
        self._files = {name: _describe(name, path) for name, path in names.items() if _is_public(name)}
        self._built_at = built_at

    def _respond_page(self) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-cache", "Vary": "Accept"}
        if not self._page:
            return HTMLResponse(_NOT_BUILT, 503, headers)
        return HTMLResponse(self._page.replace(NONCE_MARK, nonce), headers=headers)


def _wants_page(path: str, accept: str) -> bool:
    """Say whether to answer with the page: always to a browser, and at the address itself to programs that take anything."""
    return "text/html" in accept or (path == "" and "*/*" in accept)


def _is_public(name: str) -> bool:
    is_hidden = any(part.startswith(".") for part in name.split("/"))
    # Another page than the console's is served by its own route, with a policy of its own.
    is_other_page = name.endswith(".html") and name != "index.html"
    return not is_hidden and not is_other_page and not name.endswith(tuple(ending for _, ending in _ENCODINGS))


def _describe(name: str, path: Path) -> _File:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith(".js"):
        media_type = "text/javascript"
    encodings = tuple((coding, path.with_name(path.name + ending)) for coding, ending in _ENCODINGS)
    return _File(
        path=path,
        media_type=media_type,
        etag=hashlib.sha256(path.read_bytes()).hexdigest()[:32],
        cache_control=_FOREVER if name.startswith(_HASHED) else "no-cache",
        encodings=tuple((coding, variant) for coding, variant in encodings if variant.is_file()),
    )


def _respond(request: Request, file: _File) -> Response:
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    coding, path = next(((coding, path) for coding, path in file.encodings if coding in accepted), ("", file.path))
    etag = f'"{file.etag}{"-" if coding else ""}{coding}"'
    headers = {"Cache-Control": file.cache_control, "ETag": etag, "Vary": "Accept-Encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    if file.media_type == "image/svg+xml":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return FileResponse(path, headers=headers, media_type=file.media_type)


def _accepted(header: str) -> frozenset[str]:
    """Return the content codings that a client names without refusing them by q=0 (RFC 9110, section 12.5.3)."""
    taken: set[str] = set()
    for item in header.split(","):
        coding, _, parameters = item.strip().partition(";")
        weight = parameters.strip().removeprefix("q=").strip()
        if weight not in {"0", "0.0", "0.00", "0.000"}:
            taken.add(coding.strip().lower())
    return frozenset(taken)
