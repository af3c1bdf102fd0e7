"""Which new passwords are refused, at every place where one is set."""

import sys
from collections.abc import Awaitable, Callable

import pytest

from retinue.identity.users.rules import weakness
from retinue.identity.users.types import PasswordOwner
from retinue.identity.users.word_lists import WordLists
from tests.cast import PASSWORD, Cast
from tests.client import Response
from tests.identity.conftest import Installation

COMMON = ("password123", "Password1234", "P@ssw0rd123", "qwertyuiop", "1234567890", "iloveyou123", "monkeymonkey")
OLGA = PasswordOwner("olga.owner@example.com", "the-owner", ("Olga Owner", "Acme"))


@pytest.mark.parametrize(
    "password", [*COMMON, "zxcvbnm1234", "abcdefghij", "welcome12345", "administrator", "aaaaabbbbbccccc"]
)
def test_common_password_is_too_weak(password: str) -> None:
    assert weakness(password, 10, OLGA, WordLists()) is not None


@pytest.mark.parametrize(
    ("password", "named"),
    [
        ("olga.owner@example.com", "e-mail address"),
        ("my OLGA.OWNER and 12 geese", "e-mail address"),
        ("The-Owner of 12 grey geese", "username"),
        ("Retinue of 12 grey geese", "product"),
        ("\uff32\uff25\uff34\uff29\uff2e\uff35\uff25 of 12 grey geese", "product"),
    ],
)
def test_password_that_contains_a_name_is_too_weak(password: str, named: str) -> None:
    assert named in (weakness(password, 10, OLGA, WordLists()) or "")


@pytest.mark.parametrize(
    "password", [PASSWORD, "12 grey geese at noon", "vT9#kQ2!mZ", "höhenflug über wasser", "p" * 3 + "xq7 rain " * 110]
)
def test_unusual_password_is_good_enough(password: str) -> None:
    assert weakness(password, 10, OLGA, WordLists()) is None


def test_word_lists_are_unloaded_and_loaded_again() -> None:
    lists = WordLists()
    before = weakness("password123", 10, OLGA, lists)

    lists.unload()

    assert not [name for name in sys.modules if name.startswith("zxcvbn")]
    assert weakness("password123", 10, OLGA, lists) == before
    assert weakness(PASSWORD, 10, OLGA, lists) is None


def _refused(response: Response, field: str) -> bool:
    is_weak = (response.status, response.json["code"]) == (422, "password_weak")
    return is_weak and response.json["errors"][0]["field"] == field and bool(response.json["remedy"])


@pytest.mark.parametrize("password", COMMON)
async def test_claim_refuses_a_common_password(installation: Installation, password: str) -> None:
    token = installation.issue_claim()

    assert _refused(await installation.claim(token, password=password), "password")
    assert (await installation.claim(token)).status == 200


async def test_invitation_and_change_refuse_a_common_password(cast: Cast) -> None:
    invited = await cast.olga.http.post("/invitations", json={"email": f"nina.{cast.marker}@example.com", "role": "viewer"})
    token = invited.json["accept_url"].partition("token=")[2]

    async def accept(password: str) -> Response:
        return await cast.nobody.post(
            "/invitations/accept", json={"token": token, "full_name": "Nina", "password": password}
        )

    async def change(password: str) -> Response:
        body = {"current_password": PASSWORD, "new_password": password}
        return await cast.olga.http.post("/auth/password", json=body)

    places: dict[str, Callable[[str], Awaitable[Response]]] = {"password": accept, "new_password": change}
    for field, set_password in places.items():
        for password in (*COMMON[:3], f"nina.{cast.marker} olga.{cast.marker}", "Retinue of 12 grey geese"):
            assert _refused(await set_password(password), field), (field, password)
