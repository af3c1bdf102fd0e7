import pytest
from pydantic import TypeAdapter, ValidationError

from retinue.identity.users.types import EmailAddress
from tests.cast import PASSWORD, Cast
from tests.identity.conftest import Installation


async def test_a_person_changes_the_own_profile(cast: Cast) -> None:
    body = {"full_name": "Olga O.", "username": f"Olga.{cast.marker}"}

    changed = await cast.olga.http.patch("/users/me", json=body)

    assert changed.status == 200
    assert changed.json | body == changed.json
    assert changed.json["updated_at"] > changed.json["created_at"]
    kept = await cast.olga.http.patch("/users/me", json={"full_name": "Olga"})
    assert (kept.json["full_name"], kept.json["username"]) == ("Olga", body["username"])


async def test_a_username_is_unique_whatever_its_case(cast: Cast) -> None:
    await cast.olga.http.patch("/users/me", json={"username": f"name-{cast.marker}"})

    taken = await cast.otto.http.patch("/users/me", json={"username": f"NAME-{cast.marker}"})

    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "username")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"is_superuser": True}, "is_superuser"),
        ({"email": "x@example.com"}, "email"),
        ({"avatar_url": "javascript:alert(1)"}, "avatar_url"),
        ({"avatar_url": "https://pictures.example.com/olga.png"}, "avatar_url"),
        ({"username": "a b"}, "username"),
        ({"full_name": ""}, "full_name"),
        ({"full_name": "a\x00b"}, "full_name"),
    ],
)
async def test_what_one_may_not_change_is_named(cast: Cast, body: object, field: str) -> None:
    response = await cast.olga.http.patch("/users/me", json=body)

    assert response.status == 422
    assert response.json["errors"][0]["field"] == field


async def test_a_superuser_administers_the_others(installation: Installation) -> None:
    claimed = (await installation.claim(installation.issue_claim())).json
    invited = await installation.http.post("/invitations", json={"email": "nina@example.com", "role": "admin"})
    nina = installation.client()
    body = {"token": invited.json["accept_url"].partition("=")[2], "full_name": "Nina", "password": PASSWORD}
    joined = (await nina.post("/invitations/accept", json=body)).json
    path = f"/users/{joined['user']['id']}"

    raised = await installation.http.patch(path, json={"subscription_tier": "pro", "is_superuser": True})
    unknown = await installation.http.patch(path, json={"subscription_tier": "gold"})
    listed = await nina.get("/users")
    found = [await nina.get("/users", params={"q": q}) for q in ("OLGA@", "nina", "%")]
    own = await installation.http.patch(f"/users/{claimed['user']['id']}", json={"is_active": False})
    off = await installation.http.patch(path, json={"is_active": False})

    assert (raised.json["subscription_tier"], raised.json["is_superuser"]) == ("pro", True)
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "subscription_tier")
    assert [each["email"] for each in listed.json["items"]] == ["nina@example.com", "olga@example.com"]
    assert [[each["email"] for each in page.json["items"]] for page in found] == [
        ["olga@example.com"],
        ["nina@example.com"],
        [],
    ]
    assert (own.status, own.json["code"]) == (409, "own_account")
    assert off.json["is_active"] is False
    assert (await nina.get("/users/me")).status == 401
    assert (await nina.post("/auth/sign-in", json={"email": "nina@example.com", "password": PASSWORD})).status == 401
    assert (await installation.http.patch(path, json={"is_active": True})).status == 200
    assert (await nina.post("/auth/sign-in", json={"email": "nina@example.com", "password": PASSWORD})).status == 200


async def test_an_owner_is_no_superuser(cast: Cast) -> None:
    assert (await cast.olga.http.get("/users")).status == 403
    assert (await cast.olga.http.patch(f"/users/{cast.vera.user_id}", json={"is_active": False})).status == 403
    assert (await cast.vera.http.get("/users/me")).status == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Olga@Example.COM", "Olga@example.com"),
        ("olga@corp.local", "olga@corp.local"),
        ("olga@LOCALHOST", "olga@localhost"),
        ("ölga@exämple.com", "ölga@exämple.com"),
    ],
)
def test_public_and_internal_addresses_are_accepted(given: str, kept: str) -> None:
    assert TypeAdapter(EmailAddress).validate_python(given) == kept


@pytest.mark.parametrize(
    "given", ["olga", "olga@", "@corp.local", "a b@corp.local", "olga@-x.local", "olga@x..local", "a@b@c.d"]
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(EmailAddress).validate_python(given)
