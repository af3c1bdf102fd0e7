"""What an API key may hand on: every route that grants a role, a scope or a right, with every scope."""

import re
from typing import Any

import pytest

from retinue.api import create_app
from retinue.core.permissions import Role
from retinue.features import permissions_of
from retinue.process import Process
from tests.cast import Cast, Person
from tests.client import Client, Response

ROLES = [each.value for each in Role]
SCOPES = sorted(permissions_of(Role.OWNER))
GRANTING = {
    "POST /api/v1/invitations": "role",
    "PATCH /api/v1/members/{user_id}": "role",
    "POST /api/v1/api-keys": "scopes",
    "PATCH /api/v1/users/{user_id}": "is_superuser",
}
"""Route → the field of its body that grants something. All are tried below."""
HARMLESS = {
    "POST /api/v1/approvals/{approval_id}/assign": "role",
    "POST /api/v1/budgets": "scope",
    "POST /api/v1/connections/mcp": "scopes",
}
"""Fields of such a name that grant nothing: who is asked to decide, what a budget counts, what another server is asked."""
_FIELDS = re.compile(r"roles?|scopes?|permissions?|is_superuser|is_owner|is_admin")


async def _key(person: Person, *scopes: str) -> Client:
    made = await person.http.post("/api-keys", json={"name": "key", "scopes": sorted(set(scopes))})
    assert made.status == 201, made.text
    headers = {"Authorization": f"Bearer {made.json['key']}"}
    return Client(person.http.session, person.http.base_url, headers=headers)


def _fields_of(schema: dict[str, Any], document: dict[str, Any]) -> set[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(document["components"]["schemas"].get(name, schema).get("properties", {}))


def test_every_route_that_grants_something_is_tried_here(environ: dict[str, str]) -> None:
    document = create_app(Process(environ)).openapi()
    found: dict[str, str] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for field in _fields_of(content.get("schema", {}), document):
                if _FIELDS.fullmatch(field):
                    found[f"{method.upper()} {path}"] = field

    assert found == GRANTING | HARMLESS


@pytest.mark.parametrize("role", ROLES)
async def test_key_without_a_permission_of_the_role_grants_the_role_nowhere(cast: Cast, role: str) -> None:
    needed = permissions_of(role)
    for missing in SCOPES:
        # All but one scope: anyone who lacks a single permission of a role must not grant that role.
        client = await _key(cast.olga, *(set(SCOPES) - {missing} | {"members:write", "members:read"}))
        is_allowed = missing not in needed or missing in {"members:write", "members:read"}
        email = f"{missing.replace(':', '.')}.{role}.{cast.marker}@example.com"

        invited = await client.post("/invitations", json={"email": email, "role": role})
        changed = await client.patch(f"/members/{cast.vera.user_id}", json={"role": role})

        assert invited.status == (201 if is_allowed else 403), (missing, invited.text)
        assert changed.status == (200 if is_allowed else 403), (missing, changed.text)
        if not is_allowed:
            assert {invited.json["code"], changed.json["code"]} == {"grant_beyond_own"}
            assert missing in invited.json["detail"]
            assert invited.json["remedy"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_key_with_one_scope_grants_nothing_else(cast: Cast, scope: str) -> None:
    client = await _key(cast.olga, scope, "members:write", "members:read", "api_keys:write")
    before = await _roles(cast)

    for role in ROLES:
        email = f"{role}.{cast.marker}@example.com"
        for response in (
            await client.post("/invitations", json={"email": email, "role": role}),
            await client.patch(f"/members/{cast.vera.user_id}", json={"role": role}),
        ):
            assert response.status == 403, (role, response.text)
    for wanted in SCOPES:
        made = await client.post("/api-keys", json={"name": "more", "scopes": [wanted]})
        assert made.status == (201 if wanted in {scope, "members:write", "members:read", "api_keys:write"} else 422)
    superuser = await client.patch(f"/users/{cast.vera.user_id}", json={"is_superuser": True})

    assert superuser.status == 403
    assert await _roles(cast) == before
    assert (await cast.olga.http.get("/invitations")).json["items"] == []


async def test_key_without_the_permissions_of_an_owner_removes_no_owner(cast: Cast) -> None:
    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
    client = await _key(cast.olga, "members:read", "members:write")

    removed = await client.delete(f"/members/{cast.adam.user_id}")
    viewer = await client.delete(f"/members/{cast.vera.user_id}")

    assert (removed.status, removed.json["code"]) == (403, "grant_beyond_own")
    assert viewer.status == 204


async def test_person_grants_roles_as_before(cast: Cast) -> None:
    def granted(response: Response) -> bool:
        return response.status in {200, 201}

    for role in ROLES:
        email = f"{role}.{cast.marker}@example.com"
        assert granted(await cast.olga.http.post("/invitations", json={"email": email, "role": role}))
        assert granted(await cast.olga.http.patch(f"/members/{cast.vera.user_id}", json={"role": role}))


async def _roles(cast: Cast) -> dict[str, str]:
    items = (await cast.olga.http.get("/members")).json["items"]
    return {each["user"]["id"]: each["role"] for each in items}
