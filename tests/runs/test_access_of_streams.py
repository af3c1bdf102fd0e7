"""An open stream ends soon after its reader may no longer read: on every route that streams, whatever ended the access."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import aiohttp
import pytest

from retinue.core.permissions import Role
from retinue.features import FEATURES, permissions_of
from retinue.process import Process
from tests.cast import PASSWORD
from tests.client import Client, Response
from tests.runs.scene import Scene, Sent, parse
from tests.serving import serve
from tests.workflows.conftest import Workflows, adds, numbers

_SSE = "text/event-stream"
_STREAM = {"Accept": _SSE}
_ENDS_SECONDS = 15
_PROMPT_SECONDS = 5

Request = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """A pending run of an agent of Acme, a workflow, and the client of the person whose access ends."""

    scene: Scene
    agent: str
    workflow: str
    run: str
    http: Client

    @property
    def start(self) -> dict[str, Any]:
        return {"type": "agent", "target_id": self.agent, "input": {"prompt": "Go."}}


OPENED: dict[str, Callable[[Stage], Request]] = {
    "GET /runs/{run_id}/events": lambda stage: ("GET", f"/runs/{stage.run}/events", {"headers": _STREAM}),
    "GET /live": lambda _: ("GET", "/live", {}),
    "POST /runs": lambda stage: ("POST", "/runs", {"headers": _STREAM, "json": stage.start}),
    "POST /workflows/{workflow_id}/runs": lambda stage: (
        *("POST", f"/workflows/{stage.workflow}/runs"),
        {"headers": _STREAM, "json": {"input": {}}},
    ),
}
"""How each route that streams is opened."""

WAITED: dict[str, Callable[[Stage], Request]] = {
    "POST /runs": lambda stage: ("POST", "/runs", {"headers": {"Prefer": "wait=60"}, "json": stage.start}),
    "POST /workflows/{workflow_id}/runs": lambda stage: (
        *("POST", f"/workflows/{stage.workflow}/runs"),
        {"headers": {"Prefer": "wait=60"}, "json": {"input": {}}},
    ),
}
"""How each route that waits with ``Prefer: wait`` is asked."""

_OF_KEYS = {"POST /deployed/{target_id}/runs"}
"""Routes that take keys of another scope; tests/deployments/test_calling.py ends their streams."""
_OF_VISITORS = {"POST /deployed/{target_id}/chat/messages", "GET /deployed/{target_id}/chat/messages/{run_id}"}
"""Routes of visitors, who have a cookie that is theirs alone and no access that others could end."""


def test_every_route_that_streams_or_waits_is_tried_here() -> None:
    streaming: set[str] = set()
    waiting: set[str] = set()
    for module in (module for feature in FEATURES for module in feature.routers):
        for route in import_module(module).router.routes:
            source = inspect.getsource(route.endpoint)
            (method,) = route.methods - {"HEAD"}
            if "sse." in source or _SSE in source or _SSE in str(route.responses):
                streaming.add(f"{method} {route.path}")
            if "prefer" in inspect.signature(route.endpoint).parameters or "wait_seconds(" in source:
                waiting.add(f"{method} {route.path}")

    assert streaming == {*OPENED, *_OF_KEYS, *_OF_VISITORS}
    assert waiting == {*WAITED, *_OF_KEYS}


@dataclass
class Reading:
    """A request that stays open: its status and the events that have come."""

    status: int = 0
    code: str = ""
    sent: list[Sent] = field(default_factory=list[Sent])
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, http: Client, request: Request) -> None:
        method, path, options = request
        async with http.stream(method, path, timeout=aiohttp.ClientTimeout(total=60), **options) as response:
            self.status = response.status
            if response.headers["Content-Type"].startswith(_SSE):
                await response.content.readline()
                self.opened.set()
                async for sent in parse(response.content):
                    self.sent.append(sent)
            else:
                self.code = (await response.json(content_type=None))["code"]


@asynccontextmanager
async def _everything_open(stage: Stage) -> AsyncGenerator[dict[str, Reading]]:
    """Open every route that streams, and one that waits; all must end within the time once the body is left."""
    readings = {key: Reading() for key in (*OPENED, *(f"{key} wait" for key in WAITED))}
    requests = [make(stage) for make in (*OPENED.values(), *WAITED.values())]
    await stage.http.get("/agents")  # a session is opened
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(reading.follow(stage.http, request))
            for reading, request in zip(readings.values(), requests, strict=True)
        ]
        for key in OPENED:
            await readings[key].opened.wait()
        await _waits(stage)
        yield readings
        _, late = await asyncio.wait(tasks, timeout=_ENDS_SECONDS)
        for task in late:
            task.cancel()
    assert not late, f"still open: {[key for key, reading in readings.items() if not reading.sent and not reading.code]}"


async def _waits(stage: Stage) -> None:
    """Wait until the requests that start runs have started them: the stage's own, the streams', and those that only wait."""
    starting = 1 + len(WAITED) + sum(key.startswith("POST ") for key in OPENED)
    targets = [stage.agent, stage.workflow]
    async with asyncio.timeout(60):
        while (await stage.scene.owner("SELECT count(*) FROM runs WHERE target_id = ANY (%s::uuid[])", targets))[0][
            0
        ] < starting:
            await asyncio.sleep(0.02)


def _assert_told(readings: dict[str, Reading], code: str) -> None:
    for key in OPENED:
        last = readings[key].sent[-1]
        assert (last.event, last.data["code"]) == ("access_ended", code), key
    for key in WAITED:
        assert readings[f"{key} wait"].code == code, key


async def _stage(scene: Scene, http: Client) -> Stage:
    agent = await scene.agent("Hello there.")
    edges = [("START", "add"), ("add", "END")]
    workflows = Workflows(scene)
    nodes, name = [adds("add", n="state.n + 1")], f"Counter of {agent}"
    workflow = await workflows.made(nodes, edges, state=numbers(n=0), name=name)
    await workflows.changed(workflow, is_active=True)
    return Stage(scene, agent, workflow, await scene.started(agent), http)


async def _with_key(scene: Scene) -> Stage:
    """Give a stage whose reader uses an API key of Adam's."""
    body = {"name": "reader", "scopes": ["runs:read", "runs:write", "agents:read", "workflows:read"]}
    made = await scene.cast.adam.http.post("/api-keys", json=body)
    assert made.status == 201, made.text
    nobody = scene.cast.nobody
    key = Client(nobody.session, nobody.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})
    return await _stage(scene, key)


async def _with_session(scene: Scene) -> Stage:
    return await _stage(scene, scene.cast.adam.http)


async def _revoke_the_key(scene: Scene) -> Response:
    keys = (await scene.cast.olga.http.get("/api-keys")).json["items"]
    return await scene.cast.olga.http.delete(f"/api-keys/{keys[0]['id']}")


async def _sign_out(scene: Scene) -> Response:
    return await scene.cast.adam.http.post("/auth/sign-out")


async def _sign_out_everywhere(scene: Scene) -> Response:
    adam = scene.cast.adam
    other = Client(adam.http.session, adam.http.base_url, email=adam.email, password=PASSWORD)
    return await other.post("/auth/sign-out-everywhere")


async def _change_the_password(scene: Scene) -> Response:
    adam = scene.cast.adam
    other = Client(adam.http.session, adam.http.base_url, email=adam.email, password=PASSWORD)
    body = {"current_password": PASSWORD, "new_password": "another horse, another battery"}
    return await other.post("/auth/password", json=body)


async def _remove_the_member(scene: Scene) -> Response:
    return await scene.cast.olga.http.delete(f"/members/{scene.cast.adam.user_id}")


async def _disable_the_user(scene: Scene) -> Response:
    otto = scene.cast.otto
    await scene.owner("UPDATE users SET is_superuser = true WHERE id = %s", otto.user_id)
    try:
        return await otto.http.patch(f"/users/{scene.cast.adam.user_id}", json={"is_active": False})
    finally:
        await scene.owner("UPDATE users SET is_superuser = false WHERE id = %s", otto.user_id)


async def _delete_the_account(scene: Scene) -> Response:
    adam = scene.cast.adam
    other = Client(adam.http.session, adam.http.base_url, email=adam.email, password=PASSWORD)
    return await other.post("/users/me/delete", json={"password": PASSWORD})


async def _delete_the_organization(scene: Scene) -> Response:
    slug = (await scene.cast.olga.http.get("/organizations/current")).json["slug"]
    return await scene.cast.olga.http.delete("/organizations/current", params={"confirm": slug})


async def _require_a_second_factor(scene: Scene) -> Response:
    await scene.cast.olga.http.get("/auth/session")
    await scene.owner("UPDATE users SET has_two_factor = true WHERE id = %s", scene.cast.olga.user_id)
    return await scene.cast.olga.http.patch("/organizations/current", json={"require_two_factor": True})


Ending = Callable[[Scene], Awaitable[Response]]
_DENIED, _ENDED = "permission_denied", "unauthenticated"
_CASES: dict[str, tuple[Callable[[Scene], Awaitable[Stage]], Ending, str]] = {
    "key, revoked": (_with_key, _revoke_the_key, _ENDED),
    "key, its creator removed": (_with_key, _remove_the_member, _ENDED),
    "key, its creator disabled": (_with_key, _disable_the_user, _ENDED),
    "key, its creator's account deleted": (_with_key, _delete_the_account, _ENDED),
    "key, the organization deleted": (_with_key, _delete_the_organization, _ENDED),
    "session, signed out": (_with_session, _sign_out, _ENDED),
    "session, signed out everywhere": (_with_session, _sign_out_everywhere, _ENDED),
    "session, the password changed elsewhere": (_with_session, _change_the_password, _ENDED),
    "session, the member removed": (_with_session, _remove_the_member, _DENIED),
    "session, the person disabled": (_with_session, _disable_the_user, _ENDED),
    "session, the account deleted": (_with_session, _delete_the_account, _ENDED),
    "session, the organization deleted": (_with_session, _delete_the_organization, _DENIED),
    "session, a second factor required": (_with_session, _require_a_second_factor, _DENIED),
}


@pytest.mark.parametrize("case", _CASES)
async def test_open_streams_end_when_the_access_of_their_reader_ends(scene: Scene, case: str) -> None:
    prepare, end, code = _CASES[case]
    stage = await prepare(scene)
    began = 0.0

    async with _everything_open(stage) as readings:
        ended = await end(scene)
        assert ended.status < 300, ended.text
        began = asyncio.get_running_loop().time()

    _assert_told(readings, code)
    assert asyncio.get_running_loop().time() - began < _PROMPT_SECONDS, "the bus tells it, no poll"


async def test_open_streams_end_when_their_key_or_session_expires(scene: Scene) -> None:
    by_key, by_session = await _with_key(scene), await _with_session(scene)

    async with _everything_open(by_key) as of_key, _everything_open(by_session) as of_session:
        await scene.owner(
            "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE organization_id = %s", scene.cast.acme
        )
        await scene.owner(
            "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = %s", scene.cast.adam.user_id
        )

    _assert_told(of_key, _ENDED)
    _assert_told(of_session, _ENDED)


async def test_open_streams_of_others_go_on(scene: Scene) -> None:
    stage = await _with_key(scene)
    other = Reading()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(other.follow(scene.cast.adam.http, ("GET", "/live", {})))
        await other.opened.wait()
        async with _everything_open(stage):
            await _revoke_the_key(scene)

        started = await scene.started(stage.agent)
        async with asyncio.timeout(60):
            while started not in [sent.data.get("id") for sent in other.sent]:
                await asyncio.sleep(0.02)
        reading.cancel()

    assert "access_ended" not in [sent.event for sent in other.sent]


async def test_open_streams_end_when_the_role_no_longer_has_their_permission(
    environ: dict[str, str], process: Process, scene: Scene
) -> None:
    def limited(role: str) -> frozenset[str]:
        return permissions_of(role) - ({"runs:read"} if role == Role.VIEWER else set[str]())

    other = Process(environ)
    other.resources.permissions_of = limited
    await other.start()
    try:
        async with serve(other) as connect:
            adam = scene.cast.adam
            http = Client(connect.session, connect.base_url, email=adam.email, password=PASSWORD)
            async with _everything_open(await _stage(scene, http)) as readings:
                changed = await scene.cast.olga.http.patch(f"/members/{adam.user_id}", json={"role": "viewer"})
                assert changed.status == 200, changed.text
    finally:
        await other.stop()

    _assert_told(readings, _DENIED)


@pytest.mark.parametrize("ask", [*OPENED.values(), *WAITED.values()])
async def test_key_without_the_permission_to_read_runs_opens_no_stream(
    scene: Scene, ask: Callable[[Stage], Request]
) -> None:
    stage = await _with_session(scene)
    made = await scene.cast.adam.http.post("/api-keys", json={"name": "starter", "scopes": ["runs:write", "agents:read"]})
    method, path, options = ask(stage)
    headers: dict[str, str] = options.pop("headers", {}) | {"Authorization": f"Bearer {made.json['key']}"}

    refused = await scene.cast.nobody.request(method, path, headers=headers, **options)

    assert (refused.status, refused.json["code"]) == (403, "permission_denied")
    assert await scene.owner("SELECT count(*) FROM runs WHERE target_id = %s", stage.agent) == [(1,)]
