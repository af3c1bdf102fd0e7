"""An OAuth 2 authorization server on loopback, by oauthlib, and an API that takes its tokens."""

# oauthlib leaves types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportIncompatibleMethodOverride=false, reportUnknownParameterType=false
# pyright: reportArgumentType=false, reportUnnecessaryCast=false, reportUnknownLambdaType=false

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from aiohttp import web
from oauthlib.oauth2 import OAuth2Error, RequestValidator, Server

CLIENT, SECRET = "retinue-client", "s3cret-of-the-client"


@dataclass
class Issued:
    """A token, for what it is good and until when."""

    scopes: list[str]
    user: str
    expires_at: float


@dataclass
class AuthServer:
    """The server: what it issued, what it was asked, and how it behaves.

    ``held`` makes it wait before it answers at the token endpoint; ``location`` is where its endpoints redirect to, and
    ``more`` what tokens are issued with.
    """

    url: str = ""
    inner_url: str = ""
    expires_in: int = 3600
    rotates: bool = True
    user: str = "one"
    codes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    access: dict[str, Issued] = field(default_factory=dict[str, Issued])
    refresh: dict[str, Issued] = field(default_factory=dict[str, Issued])
    asked: Counter[str] = field(default_factory=Counter[str])
    issued: list[str] = field(default_factory=list[str])
    bodies: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    called: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    revoked: list[str] = field(default_factory=list[str])
    held: asyncio.Event | None = None
    location: str | None = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    def end_all(self) -> None:
        """Revoke everything that was issued."""
        self.access.clear()
        self.refresh.clear()

    def credentials(self, **more: Any) -> dict[str, Any]:
        """Return a tool's credentials by an authorization code."""
        return {
            "type": "oauth2",
            "grant": "authorization_code",
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "revoke_url": f"{self.url}/revoke",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "scopes": ["mail.read", "mail.send"],
            **more,
        }

    def client_credentials(self, **more: Any) -> dict[str, Any]:
        """Return a tool's credentials in the client's own name."""
        given = self.credentials(grant="client_credentials", **more)
        return {name: value for name, value in given.items() if name not in {"authorize_url", "revoke_url"}}


class _Validator(RequestValidator):
    """What oauthlib asks about clients, codes and tokens; everything is in the memory of the server."""

    def __init__(self, server: AuthServer) -> None:
        super().__init__()
        self._server = server

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        import base64  # noqa: PLC0415 - of this one method
        from urllib.parse import unquote_plus  # noqa: PLC0415 - as above

        head = request.headers.get("Authorization", "")
        if head.startswith("Basic "):
            name, _, secret = base64.b64decode(head[6:]).decode().partition(":")
            name, secret = unquote_plus(name), unquote_plus(secret)
        else:
            name, secret = request.client_id, request.client_secret
        if (name, secret) != (CLIENT, SECRET):
            return False
        request.client = type("Client", (), {"client_id": name})()
        return True

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return client_id == CLIENT

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return redirect_uri.endswith("/connect/callback")

    def validate_response_type(self, client_id: str, response_type: str, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kw: Any) -> bool:
        return set(scopes) <= {"mail.read", "mail.send"}

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return ["mail.read"]

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kw: Any) -> None:
        self._server.codes[code["code"]] = {
            "challenge": request.code_challenge,
            "method": request.code_challenge_method,
            "redirect_uri": request.redirect_uri,
            "scopes": request.scopes,
            "user": self._server.user,
        }

    def get_code_challenge(self, code: str, request: Any) -> str:
        return self._server.codes[code]["challenge"]

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return self._server.codes[code]["method"]

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        found = self._server.codes.get(code)
        if found is None:
            return False
        request.user, request.scopes = found["user"], found["scopes"]
        return True

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return self._server.codes[code]["redirect_uri"] == redirect_uri

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        del self._server.codes[code]

    def validate_grant_type(self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kw: Any) -> bool:
        return grant_type in {"authorization_code", "refresh_token", "client_credentials"}

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        server = self._server
        made = Issued(token.get("scope", "").split(), request.user or "", time.time() + server.expires_in)
        server.access[token["access_token"]] = made
        server.issued.append(token["access_token"])
        if token.get("refresh_token"):
            if server.rotates and request.grant_type == "refresh_token":
                server.refresh.pop(request.refresh_token, None)
            server.refresh[token["refresh_token"]] = made

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        found = self._server.refresh.get(refresh_token)
        request.user = "" if found is None else found.user
        return found is not None

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return self._server.refresh[refresh_token].scopes

    def rotate_refresh_token(self, request: Any) -> bool:
        return self._server.rotates

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        self._server.revoked.append(token)
        self._server.refresh.pop(token, None)
        self._server.access.pop(token, None)

    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        found = self._server.access.get(token)
        return found is not None and found.expires_at > time.time()


class _Http:
    """The endpoints of the server."""

    def __init__(self, server: AuthServer) -> None:
        self._server = server
        self._oauth = Server(_Validator(server), token_expires_in=lambda _: server.expires_in)

    async def authorize(self, request: web.Request) -> web.Response:
        try:
            scopes, told = self._oauth.validate_authorization_request(str(request.url))
            headers, _, status = self._oauth.create_authorization_response(str(request.url), scopes=scopes, credentials=told)
        except OAuth2Error as error:
            return web.json_response({"error": error.error, "error_description": error.description}, status=400)
        return web.Response(status=status, headers=cast("dict[str, str]", headers))

    async def token(self, request: web.Request) -> web.Response:
        body = await request.text()
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._server.asked[form.get("grant_type", "")] += 1
        self._server.bodies.append(form)
        if self._server.held is not None:
            await self._server.held.wait()
        if self._server.location is not None:
            return web.Response(status=307, headers={"Location": self._server.location})
        found = self._oauth.create_token_response(str(request.url), "POST", body, dict(request.headers))
        text = json.dumps({**json.loads(cast("str", found[1])), **self._server.more})
        return web.Response(status=found[2], headers=cast("dict[str, str]", found[0]), text=text)

    async def revoke(self, request: web.Request) -> web.Response:
        if self._server.location is not None:
            self._server.asked["revoke"] += 1
            return web.Response(status=307, headers={"Location": self._server.location})
        headers, body, status = self._oauth.create_revocation_response(
            str(request.url), "POST", await request.text(), dict(request.headers)
        )
        return web.Response(status=status, headers=cast("dict[str, str]", headers), text=cast("str", body) or "")

    async def api(self, request: web.Request) -> web.Response:
        valid, _ = self._oauth.verify_request(str(request.url), request.method, "", dict(request.headers), scopes=[])
        if not valid:
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self._server.called.append({"path": request.path, "token": token, "user": self._server.access[token].user})
        return web.json_response({"user": self._server.access[token].user, "echo": request.headers["Authorization"]})


@asynccontextmanager
async def at_two_addresses(application: web.Application) -> AsyncGenerator[tuple[str, str]]:
    """Serve on loopback, under an address that may be called and one that may not."""
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await web.TCPSite(runner, "127.0.0.2", port).start()
    yield f"http://127.0.0.1:{port}", f"http://127.0.0.2:{port}"
    await runner.cleanup()


@asynccontextmanager
async def auth_server() -> AsyncGenerator[AuthServer]:
    """Serve an authorization server and its API."""
    made = AuthServer()
    http = _Http(made)
    application = web.Application()
    application.router.add_get("/authorize", http.authorize)
    application.router.add_post("/token", http.token)
    application.router.add_post("/revoke", http.revoke)
    application.router.add_route("*", "/api/{path:.*}", http.api)
    async with at_two_addresses(application) as (made.url, made.inner_url):
        yield made
        if made.held is not None:
            made.held.set()


def fragment_of(location: str) -> dict[str, str]:
    """Return what a redirect to the console carries."""
    from urllib.parse import parse_qsl  # noqa: PLC0415 - of this one function

    return dict(parse_qsl(urlsplit(location).query))


def forged() -> str:
    """Return a state that nobody issued."""
    return secrets.token_urlsafe(60)
