"""A superuser deletes accounts, and the operator at the machine does."""

import pytest

from tests.cast import PASSWORD
from tests.cli.conftest import Retinue, retinue
from tests.client import Client
from tests.identity.conftest import Installation

__all__ = ["retinue"]


@pytest.fixture
async def claimed(installation: Installation) -> Installation:
    """Give an installation that Olga has claimed."""
    assert (await installation.claim(installation.issue_claim())).status == 200
    return installation


async def _join(claimed: Installation, email: str, role: str = "admin") -> tuple[Client, str]:
    invited = await claimed.http.post("/invitations", json={"email": email, "role": role})
    token = invited.json["accept_url"].partition("token=")[2]
    client = claimed.client()
    body = {"token": token, "full_name": "Nina New", "password": PASSWORD}
    joined = await client.post("/invitations/accept", json=body)
    assert joined.status == 200, joined.text
    return client, joined.json["user"]["id"]


async def test_superuser_deletes_an_account(claimed: Installation) -> None:
    nina, nina_id = await _join(claimed, "nina@example.com")

    deleted = await claimed.http.delete(f"/users/{nina_id}")
    again = await claimed.http.delete(f"/users/{nina_id}")

    assert (deleted.status, again.status) == (204, 404)
    assert (await nina.get("/users/me")).status == 401
    assert claimed.owner.execute("SELECT count(*) FROM users").fetchone() == (1,)
    rows = claimed.owner.execute("SELECT a::text FROM audit_log a").fetchall()
    assert not [row for row in rows if "nina" in row[0].lower()]
    assert [row for row in rows if "user.deleted" in row[0]]


async def test_last_superuser_is_not_deleted_while_there_are_others(claimed: Installation) -> None:
    _, nina_id = await _join(claimed, "nina@example.com", "owner")
    body = {"password": PASSWORD}

    refused = await claimed.http.post("/users/me/delete", json=body)
    await claimed.http.patch(f"/users/{nina_id}", json={"is_superuser": True})
    deleted = await claimed.http.post("/users/me/delete", json=body)

    assert (refused.status, refused.json["code"]) == (409, "last_superuser")
    assert deleted.status == 204, deleted.text


async def test_operator_creates_a_reset_link_at_the_machine(claimed: Installation, retinue: Retinue) -> None:
    said = retinue("users", "reset-password", "OLGA@example.com", **_settings(claimed))
    unknown = retinue("users", "reset-password", "nobody@example.com", **_settings(claimed))

    token = said.stdout.strip().partition("https://agents.example.org/reset-password?token=")[2]
    used = await claimed.client().post("/auth/password-reset", json={"token": token, "new_password": "twelve grey geese"})

    assert (said.returncode, unknown.returncode) == (0, 1), said.stderr
    assert "nobody@example.com" in unknown.stderr
    assert used.status == 204, used.text


async def test_operator_deletes_an_account_at_the_machine(claimed: Installation, retinue: Retinue) -> None:
    await _join(claimed, "nina@example.com")

    asked = retinue("users", "delete", "nina@example.com", **_settings(claimed))
    deleted = retinue("users", "delete", "nina@example.com", "--yes", **_settings(claimed))
    refused = retinue("users", "delete", "olga@example.com", "--yes", **_settings(claimed))

    assert asked.returncode == 1
    assert (deleted.returncode, deleted.stdout) == (0, "Account nina@example.com deleted.\n"), deleted.stderr
    assert refused.returncode == 1
    assert "only owner of Acme" in refused.stderr
    assert claimed.owner.execute("SELECT email FROM users").fetchall() == [("olga@example.com",)]


def _settings(claimed: Installation) -> dict[str, str]:
    return {"DATABASE_URL": claimed.owner_url, "RETINUE_PUBLIC_URL": "https://agents.example.org/"}
