"""The second factor: set up, asked for at sign-in, each code once, recovery codes, removal, and its requirement."""

import hashlib
import re

import pytest

from retinue.identity.two_factor import rules
from tests.cast import PASSWORD
from tests.client import Client, Response
from tests.identity.conftest import Installation
from tests.together import together

# RFC 6238, appendix B: SHA-1, eight digits, the secret "12345678901234567890".
_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
EMAIL = "olga@example.com"


@pytest.mark.parametrize(("unix_seconds", "code"), _VECTORS)
def test_codes_are_those_of_the_rfc(unix_seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert rules.code_at(secret, unix_seconds // 30, digits=8) == code
    assert rules.step_of(secret, code[-6:], unix_seconds) == unix_seconds // 30


class App:
    """An authenticator app with a secret, on the clock of an installation."""

    def __init__(self, installation: Installation, secret: str) -> None:
        self.installation = installation
        self.secret = secret

    def code(self, steps: int = 0) -> str:
        """Return the code of now, or of some steps of 30 seconds from now."""
        return rules.code_at(self.secret, int(self.installation.clock.now().timestamp() // 30) + steps)

    def next_code(self) -> str:
        """Move the clock on by a step and return its code, which nobody has used."""
        self.installation.clock.move(seconds=30)
        return self.code()


async def _enable(installation: Installation, client: Client) -> tuple[App, list[str]]:
    enrolled = await client.post("/auth/two-factor", json={"password": PASSWORD})
    assert enrolled.status == 201, enrolled.text
    app = App(installation, enrolled.json["secret"])
    confirmed = await client.post("/auth/two-factor/confirm", json={"code": app.code()})
    assert confirmed.status == 200, confirmed.text
    return app, confirmed.json["recovery_codes"]


async def _sign_in(installation: Installation, code: str | None = None, client: Client | None = None) -> Response:
    body = {"email": EMAIL, "password": PASSWORD, **({} if code is None else {"code": code})}
    return await (client or installation.client()).post("/auth/sign-in", json=body)


def _wrong(right: str) -> str:
    return "000000" if right != "000000" else "111111"


@pytest.fixture
async def claimed(installation: Installation) -> Installation:
    """Give an installation that Olga has claimed."""
    assert (await installation.claim(installation.issue_claim())).status == 200
    return installation


async def test_enrolling_shows_the_secret_once_and_changes_nothing_until_it_is_confirmed(claimed: Installation) -> None:
    enrolled = await claimed.http.post("/auth/two-factor", json={"password": PASSWORD})

    secret = enrolled.json["secret"]
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    assert enrolled.json["otpauth_uri"].startswith("otpauth://totp/Retinue:olga%40example.com?secret=" + secret)
    assert enrolled.json["qr_svg"].startswith("<svg")
    assert "http" not in enrolled.json["qr_svg"].replace("http://www.w3.org/2000/svg", "")
    assert (await claimed.http.get("/auth/two-factor")).json["is_enabled"] is False
    assert (await _sign_in(claimed)).status == 200
    stored = claimed.owner.execute("SELECT secret_encrypted FROM two_factor_secrets").fetchone()
    assert stored is not None
    assert secret.encode() not in bytes(stored[0])
    assert claimed.process.resources.secrets.open(bytes(stored[0])) == secret


async def test_enrolling_asks_for_the_password(claimed: Installation) -> None:
    refused = await claimed.http.post("/auth/two-factor", json={"password": "wrong password"})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "password")


async def test_sign_in_asks_for_a_code_once_confirmed(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)

    asked = await _sign_in(claimed)
    wrong = await _sign_in(claimed, _wrong(app.next_code()))
    signed_in = await _sign_in(claimed, app.code())

    assert (asked.status, asked.json["code"]) == (401, "second_factor_required")
    assert "Set-Cookie" not in asked.headers
    assert (wrong.status, wrong.json["code"], wrong.json["errors"][0]["field"]) == (401, "second_factor_refused", "code")
    assert signed_in.status == 200, signed_in.text
    assert signed_in.json["user"]["has_two_factor"] is True


async def test_password_is_checked_before_the_code(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)
    body = {"email": EMAIL, "password": "wrong password", "code": app.next_code()}

    refused = await claimed.client().post("/auth/sign-in", json=body)

    assert (refused.status, refused.json["code"]) == (401, "sign_in_refused")


async def test_code_is_accepted_once(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)
    confirmed_with = app.code()
    used = app.next_code()

    assert (await _sign_in(claimed, confirmed_with)).json["code"] == "second_factor_refused"
    assert (await _sign_in(claimed, used)).status == 200
    assert (await _sign_in(claimed, used)).json["code"] == "second_factor_refused"
    assert (await _sign_in(claimed, app.code(-1))).json["code"] == "second_factor_refused"


async def test_code_is_accepted_once_of_requests_at_once(claimed: Installation) -> None:
    app, codes = await _enable(claimed, claimed.http)
    for code in (app.next_code(), codes[0]):
        clients = [claimed.client() for _ in range(4)]

        responses = await together(4, lambda number, code=code, clients=clients: _sign_in(claimed, code, clients[number]))

        assert sorted(each.status for each in responses) == [200, 401, 401, 401]


async def test_codes_of_clocks_that_differ_by_a_step_are_accepted(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)
    claimed.clock.move(minutes=5)

    assert (await _sign_in(claimed, app.code(-2))).status == 401
    assert (await _sign_in(claimed, app.code(-1))).status == 200
    assert (await _sign_in(claimed, app.code(1))).status == 200
    assert (await _sign_in(claimed, app.code(2))).status == 401


async def test_guessing_codes_is_limited_from_any_address(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)
    claimed.clock.move(minutes=5)

    statuses = [(await _sign_in(claimed, _wrong(app.code()))).status for _ in range(8)]
    right = await _sign_in(claimed, app.code())

    assert statuses[:4] == [401] * 4
    assert set(statuses[4:]) == {401, 429}
    assert right.status == 429
    assert int(right.headers["Retry-After"]) >= 1


async def test_guessing_the_first_code_is_limited_too(claimed: Installation) -> None:
    begun = await claimed.http.post("/auth/two-factor", json={"password": PASSWORD})
    app = App(claimed, begun.json["secret"])

    guesses = [await claimed.http.post("/auth/two-factor/confirm", json={"code": _wrong(app.code())}) for _ in range(8)]

    assert {each.status for each in guesses} == {422, 429}
    assert all(int(each.headers["Retry-After"]) >= 1 for each in guesses if each.status == 429)


async def test_ten_recovery_codes_work_once_each_and_are_stored_as_hashes(claimed: Installation) -> None:
    _, codes = await _enable(claimed, claimed.http)
    stored = {bytes(row[0]) for row in claimed.owner.execute("SELECT code_hash FROM recovery_codes").fetchall()}

    first = await _sign_in(claimed, codes[0].upper().replace("-", " "))
    again = await _sign_in(claimed, codes[0])

    assert len(set(codes)) == 10
    assert stored == {hashlib.sha256(code.replace("-", "").encode()).digest() for code in codes}
    assert (first.status, again.status) == (200, 401)
    assert (await claimed.http.get("/auth/two-factor")).json["recovery_codes_left"] == 9
    actions = [each["action"] for each in (await claimed.http.get("/audit-log")).json["items"]]
    assert {"user.two_factor_enabled", "session.refused"} <= set(actions)


async def test_new_recovery_codes_replace_the_old_ones(claimed: Installation) -> None:
    app, old = await _enable(claimed, claimed.http)

    renewed = await claimed.http.post(
        "/auth/two-factor/recovery-codes", json={"password": PASSWORD, "code": app.next_code()}
    )

    assert (await _sign_in(claimed, old[0])).status == 401
    assert (await _sign_in(claimed, renewed.json["recovery_codes"][0])).status == 200


async def test_disabling_asks_for_password_and_code(claimed: Installation) -> None:
    app, _ = await _enable(claimed, claimed.http)
    path = "/auth/two-factor/disable"

    wrong_password = await claimed.http.post(path, json={"password": "wrong password", "code": app.next_code()})
    wrong_code = await claimed.http.post(path, json={"password": PASSWORD, "code": _wrong(app.code())})
    disabled = await claimed.http.post(path, json={"password": PASSWORD, "code": app.code()})
    again = await claimed.http.post(path, json={"password": PASSWORD, "code": app.code()})

    assert (wrong_password.status, wrong_password.json["errors"][0]["field"]) == (422, "password")
    assert (wrong_code.status, wrong_code.json["errors"][0]["field"]) == (422, "code")
    assert (disabled.status, again.status) == (204, 409)
    assert (await _sign_in(claimed)).status == 200
    left = claimed.owner.execute("SELECT (SELECT count(*) FROM two_factor_secrets) + (SELECT count(*) FROM recovery_codes)")
    assert left.fetchone() == (0,)


async def test_enabled_factor_is_not_replaced(claimed: Installation) -> None:
    await _enable(claimed, claimed.http)

    again = await claimed.http.post("/auth/two-factor", json={"password": PASSWORD})

    assert (again.status, again.json["code"]) == (409, "two_factor_enabled")


async def _join(claimed: Installation, role: str) -> tuple[Client, str]:
    invited = await claimed.http.post("/invitations", json={"email": "nina@example.com", "role": role})
    token = invited.json["accept_url"].partition("token=")[2]
    nina = claimed.client()
    joined = await nina.post("/invitations/accept", json={"token": token, "full_name": "Nina", "password": PASSWORD})
    assert joined.status == 200, joined.text
    return nina, joined.json["user"]["id"]


async def test_owner_removes_a_lost_factor(claimed: Installation) -> None:
    nina, nina_id = await _join(claimed, "admin")
    await _enable(claimed, nina)
    claimed.owner.execute("UPDATE users SET is_superuser = false")

    listed = (await claimed.http.get("/members")).json["items"]
    removed = await claimed.http.delete(f"/users/{nina_id}/two-factor")
    again = await claimed.http.delete(f"/users/{nina_id}/two-factor")

    assert {each["user"]["email"]: each["user"]["has_two_factor"] for each in listed} == {
        EMAIL: False,
        "nina@example.com": True,
    }
    assert (removed.status, again.status) == (204, 409)
    signed_in = await claimed.client().post("/auth/sign-in", json={"email": "nina@example.com", "password": PASSWORD})
    assert signed_in.status == 200
    actions = [each["action"] for each in (await claimed.http.get("/audit-log")).json["items"]]
    assert "user.two_factor_reset" in actions


async def test_admin_removes_no_factor(claimed: Installation) -> None:
    nina, nina_id = await _join(claimed, "admin")
    await _enable(claimed, nina)

    refused = await nina.delete(f"/users/{nina_id}/two-factor")

    assert (refused.status, refused.json["code"]) == (403, "recovery_denied")


async def test_organization_that_requires_it_is_closed_to_members_without(claimed: Installation) -> None:
    nina, _ = await _join(claimed, "admin")
    key = (await nina.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json["key"]
    too_early = await claimed.http.patch("/organizations/current", json={"require_two_factor": True})
    await _enable(claimed, claimed.http)

    required = await claimed.http.patch("/organizations/current", json={"require_two_factor": True})
    refused = await nina.get("/members")
    session = (await nina.get("/auth/session")).json
    by_key = await Client(nina.session, nina.base_url, headers={"Authorization": f"Bearer {key}"}).get("/members")
    await _enable(claimed, nina)

    assert (too_early.status, too_early.json["errors"][0]["field"]) == (409, "require_two_factor")
    assert (required.status, required.json["require_two_factor"]) == (200, True)
    assert (refused.status, refused.json["code"]) == (403, "two_factor_required")
    assert (session["needs_two_factor"], session["permissions"]) == (True, [])
    assert by_key.status == 200
    assert (await claimed.http.get("/members")).status == 200
    assert (await nina.get("/members")).status == 200


@pytest.fixture(autouse=True)
def _no_waiting(request: pytest.FixtureRequest) -> None:
    """Let refused attempts answer at once."""
    from retinue.identity.sessions.settings import SessionSettings  # noqa: PLC0415 - named where it is replaced

    if "installation" in request.fixturenames:
        installation: Installation = request.getfixturevalue("installation")
        installation.process.resources.settings[SessionSettings] = SessionSettings(sign_in_failure_ms=0)
