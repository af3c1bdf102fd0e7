"""A small HTTP client for tests: JSON in and out, cookies and the CSRF header as the console sends them."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from retinue.core.json import dumps, loads

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its status, its JSON (None when it has none), its headers, its text."""

    status: int
    json: Any
    headers: CIMultiDictProxy[str]
    text: str


@dataclass(slots=True)
class Client:
    """Speaks to a running server. Paths without a leading ``/api``, ``/healthz`` and the like are below ``/api/v1``.

    Signs in at its first request when it was given ``email`` and ``password``; ``headers`` go with every request.
    """

    session: aiohttp.ClientSession
    base_url: str
    email: str | None = None
    password: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    csrf_token: str | None = None
    signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, path: str, **options: Any) -> Response:
        """Send a GET."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Response:
        """Send a POST; ``json=`` is its body."""
        return await self.request("POST", path, **options)

    async def patch(self, path: str, **options: Any) -> Response:
        """Send a PATCH."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Response:
        """Send a DELETE."""
        return await self.request("DELETE", path, **options)

    async def request(self, method: str, path: str, **options: Any) -> Response:
        """Send a request (options as of ``aiohttp``) and read the whole answer."""
        async with self.stream(method, path, **options) as response:
            text = await response.text(errors="replace")
            is_json = "json" in response.headers.get("Content-Type", "") and text
            return Response(response.status, loads(text) if is_json else None, response.headers, text)

    @asynccontextmanager
    async def stream(self, method: str, path: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Send a request and hand out the answer unread, such as a stream of events."""
        await self._sign_in_first()
        headers: dict[str, str] = {**self.headers, **(options.pop("headers", None) or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf_token:
            headers.setdefault("X-CSRF-Token", self.csrf_token)
        if "json" in options:
            options["data"] = io.BytesIO(dumps(options.pop("json")))  # as bytes, a large body would raise a warning
            headers.setdefault("Content-Type", "application/json")
        async with self.session.request(method, self.url(path), headers=headers, **options) as response:
            for name, cookie in response.cookies.items():
                if cookie.value:
                    self.cookies[name] = cookie.value
                else:
                    self.cookies.pop(name, None)
            self.csrf_token = self.cookies.get("retinue_csrf")
            yield response

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        is_whole = path == "/metrics" or path.startswith(("/api/", "/chat-with/", "/healthz", "/readyz"))
        return f"{self.base_url}{'' if is_whole else API}{path}"

    async def _sign_in_first(self) -> None:
        if self.password is None:
            return
        async with self.signing_in:
            body, self.email = {"email": self.email, "password": self.password}, None
            if body["email"] is None:
                return
            signed_in = Client(self.session, self.base_url)
            response = await signed_in.post("/auth/sign-in", json=body)
            assert response.status == 200, response.text
            self.cookies, self.csrf_token = signed_in.cookies, signed_in.csrf_token
