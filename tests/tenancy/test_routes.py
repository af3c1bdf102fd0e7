"""Every route of the OpenAPI document, tried with things of Acme by those who must not have them.

A new route is tried without being named here; where it needs a body or a thing that nobody registered in ``objects``, its
test fails and reports it. The lists below are the exceptions, each with its reason.
"""

import pytest

from tests.cast import PASSWORD, Person
from tests.client import Client
from tests.tenancy.objects import BODIES
from tests.tenancy.routes import SAFE, Route, all_routes, send, undocumented_paths
from tests.tenancy.world import World

PUBLIC = {
    "POST /auth/sign-in": "is how one signs in",
    "GET /auth/claim": "says whether a one-time link is good",
    "POST /auth/claim": "is the one-time link's",
    "GET /invitations/preview": "the token is the proof",
    "POST /invitations/accept": "the token is the proof",
    "POST /approval-links/preview": "the token is the proof",
    "POST /approval-links/decide": "the token is the proof",
    "GET /unsubscribe/notifications": "redirects, whatever the token is",
    "GET /unsubscribe/notifications/preview": "the token is the proof",
    "POST /unsubscribe/notifications": "the token is the proof",
    "GET /unsubscribe/alerts": "redirects, whatever the token is",
    "GET /unsubscribe/alerts/preview": "the token is the proof",
    "POST /unsubscribe/alerts": "the token is the proof",
    "GET /shared-conversations": "the token is the proof; a link for members asks for one of them",
    "GET /auth/password-reset": "the token is the proof",
    "POST /auth/password-reset": "the token is the proof",
    "POST /workflows/{workflow_id}/webhook": "the signature is the proof",
    "POST /n8n/callbacks/{external_run_id}": "the token is the proof",
    "POST /deployed/{target_id}/runs": "may be for anyone; else it asks for a key itself",
    "GET /deployed/{target_id}/runs/{run_id}": "may be for anyone; else it asks for a key itself",
    "GET /deployed/{target_id}/chat": "the page of a deployment that offers one; a visitor sees their own chat",
    "DELETE /deployed/{target_id}/chat": "a visitor's own chat",
    "POST /deployed/{target_id}/chat/messages": "a visitor's own chat",
    "GET /deployed/{target_id}/chat/messages/{run_id}": "a visitor's own chat",
}
DENIED = {
    "PATCH /users/{user_id}": "for superusers; refuses before it looks",
    "DELETE /users/{user_id}": "for superusers; refuses before it looks",
}
"""Routes that tell a member of another organization "denied" and not "missing"."""
OWN = {
    "PATCH /users/me": "your own profile",
    "POST /connections/callback": "what you began in your own session; the connection may be your own",
    "PUT /users/me/avatar": "your own picture",
    "DELETE /users/me/avatar": "your own picture",
    "POST /users/me/delete": "your own account",
    "POST /auth/two-factor": "your own second factor",
    "POST /auth/two-factor/confirm": "your own second factor",
    "POST /auth/two-factor/recovery-codes": "your own second factor",
    "POST /auth/two-factor/disable": "your own second factor",
    "POST /auth/sign-out": "your own session",
    "POST /auth/sign-out-everywhere": "your own sessions",
    "POST /auth/password": "your own password",
    "POST /auth/email": "your own address",
    "POST /auth/organization": "your own session",
    "DELETE /auth/sessions/{session_id}": "your own sessions; others' are missing",
    "POST /organizations": "anybody may found an organization",
    "POST /invitations/accept": "the token is the proof; it is for another address",
    "POST /approval-links/preview": "the token is the proof",
    "POST /approval-links/decide": "the token is the proof",
    "POST /unsubscribe/notifications": "the token is the proof",
    "POST /unsubscribe/alerts": "the token is the proof",
    "POST /organization-deletions/{deletion_id}/cancel": "for owners of the organization; others miss it",
    "POST /organization-deletions/{deletion_id}/start": "for owners of the organization; others miss it",
    "POST /notifications/read": "your own notifications",
    "PATCH /notifications/{notification_id}": "your own notifications; others' are missing",
    "PUT /notifications/preferences": "your own preferences",
    "PUT /getting-started": "your own dismissal",
    "DELETE /members/{user_id}": "tried below: one may leave, and remove nobody else",
}
"""Unsafe routes that need no permission in an organization."""
VIEWERS = {
    "PUT /runs/{run_id}/feedback": "viewers rate runs too",
    "DELETE /runs/{run_id}/feedback": "removes your own rating alone",
    "POST /schedules/preview": "computes the next times, and changes nothing",
    "POST /alert-configs/preview": "computes what a rule would have done, and changes nothing",
    "POST /workflows/import-graph": "draws the graph that it is sent as a definition, and changes nothing",
    "POST /workflows/validate": "examines the definition that it is sent, and changes nothing",
}
"""Unsafe routes that need a permission which viewers have."""
UNDOCUMENTED = {
    "/chat-with/{target_id}": "the page at which visitors chat with a deployed agent",
    "/chat-with/{target_id}/embed.js": "the script that puts that page into another site",
    "/api/v2/write": "InfluxDB's protocol, which has errors of its own; see tests/integrations/line_protocol",
    "/write": "the same by version 1",
    "/ping": "asked by clients of InfluxDB before they write: no data",
    "/health": "the same",
    "/realtime/v1/websocket": "Supabase's protocol, whose channels have rights of their own; see tests/realtime",
    "/realtime/v1/api/broadcast": "the same by HTTP",
    "/realtime/v1/api/broadcast/{topic:path}/events/{event:path}": "the same by HTTP, one message",
    "/auth/v1/token": "signing in for the clients of Supabase; see tests/realtime",
    "/auth/v1/user": "the same",
    "/auth/v1/logout": "the same",
    "/auth/v1/settings": "the same: no data",
    "/auth/v1/health": "the same: no data",
    "/healthz": "for the supervisor: alive",
    "/readyz": "for the load balancer: reasons, no data",
    "/metrics": "for Prometheus: counters of the process, no data of organizations",
    "/api/v1/openapi.json": "the document itself",
}

_ROUTES = all_routes()
_GUARDED = [route for route in _ROUTES if route.key not in PUBLIC]
_UNSAFE = [route for route in _GUARDED if route.method not in SAFE and route.key not in {**OWN, **PUBLIC}]


def _each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=[route.key for route in routes])


def test_the_lists_name_only_routes_that_there_are() -> None:
    keys = {route.key for route in _ROUTES}

    for listed in (PUBLIC, DENIED, OWN, VIEWERS, BODIES):
        assert set(listed) <= keys, set(listed) - keys


def test_every_served_path_is_documented() -> None:
    assert undocumented_paths() == set(UNDOCUMENTED)


@_each(_GUARDED)
async def test_nobody_gets_in(world: World, server: Client, route: Route) -> None:
    before = world.fingerprint()

    sent = await send(world, route, Client(server.session, server.base_url))

    assert sent.response.status == 401, sent.response.text
    assert world.fingerprint() == before


@_each(_ROUTES)
async def test_a_member_of_another_organization_gets_nothing(world: World, otto: Person, route: Route) -> None:
    sent = await send(world, route, otto.http)
    before = world.fingerprint()

    again = await send(world, route, otto.http)

    for each in (sent, again):
        assert each.response.status < 500, each.response.text
        assert world.cast.marker not in _without(each.response.text, each.given)
        assert str(world.acme) not in _without(each.response.text, each.given)
    if sent.is_foreign and route.key not in PUBLIC:
        expected = 403 if route.key in DENIED else 404
        assert sent.response.status == expected, sent.response.text
    elif sent.is_foreign:
        assert sent.response.status >= 400, sent.response.text
    if route.key != "POST /invitations/accept":  # its body is made by Acme, which is a change
        assert world.fingerprint() == before


@_each(_GUARDED)
async def test_the_header_opens_no_other_organization(world: World, otto: Person, route: Route) -> None:
    before = world.fingerprint()

    sent = await send(world, route, otto.http, {"X-Retinue-Organization": str(world.acme)})

    assert sent.response.status == 404, sent.response.text
    assert world.cast.marker not in _without(sent.response.text, sent.given)
    assert route.key in BODIES or world.fingerprint() == before


@_each([route for route in _UNSAFE if route.key not in VIEWERS])
async def test_a_viewer_changes_nothing(world: World, route: Route) -> None:
    before = world.fingerprint()

    sent = await send(world, route, world.cast.vera.http)

    assert sent.response.status == 403, sent.response.text
    assert world.fingerprint() == before


@_each(_UNSAFE)
async def test_a_key_without_the_scope_changes_nothing(world: World, server: Client, route: Route) -> None:
    key = await _reading_key(world)
    before = world.fingerprint()

    sent = await send(world, route, Client(server.session, server.base_url, headers={"Authorization": f"Bearer {key}"}))

    assert sent.response.status == 403, sent.response.text
    assert world.fingerprint() == before


@_each([route for route in _GUARDED if route.method in SAFE and route.parameters])
async def test_its_own_people_do_find_what_the_others_miss(world: World, route: Route) -> None:
    sent = await send(world, route, world.cast.olga.http)

    assert sent.response.status in {200, 204, 304}, f"the factory of {route.key} makes nothing real: {sent.response.text}"


async def test_a_viewer_can_only_remove_their_own_membership(world: World) -> None:
    response = await world.cast.vera.http.delete(f"/members/{world.cast.anna.user_id}")

    assert response.status == 403


async def test_who_is_signed_out_everywhere_is_nobody(world: World, otto: Person) -> None:
    await otto.http.post("/auth/sign-out-everywhere")
    otto.http.cookies.clear()

    response = await otto.http.get("/members")

    assert response.status == 401
    assert PASSWORD not in response.text


def _without(text: str, given: str) -> str:
    """Leave out of an answer what its own request had named."""
    for word in given.replace("'", " ").replace("/", " ").split():
        if len(word) > 8:
            text = text.replace(word.strip("{}:,"), "")
    return text


_KEYS: dict[str, str] = {}


async def _reading_key(world: World) -> str:
    marker = world.cast.marker
    if marker not in _KEYS:
        body = {"name": f"reader {marker}", "scopes": ["members:read"]}
        made = await world.cast.olga.http.post("/api-keys", json=body)
        _KEYS[marker] = made.json["key"]
        await Client(
            world.cast.olga.http.session,
            world.cast.olga.http.base_url,
            headers={"Authorization": f"Bearer {made.json['key']}"},
        ).get("/members")  # so that its first use is noted before anything is compared
    return _KEYS[marker]
