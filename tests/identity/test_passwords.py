"""Which new passwords are refused, at every place where one is set."""

import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from retinue.core.processes import command_line
from retinue.identity.users import guessing
from retinue.identity.users.rules import weakness
from retinue.identity.users.types import PasswordOwner
from retinue.identity.users.word_lists import WordLists
from tests.cast import PASSWORD, Cast
from tests.client import Response
from tests.identity.conftest import Installation

COMMON = ("password123", "Password1234", "P@ssw0rd123", "qwertyuiop", "1234567890", "iloveyou123", "monkeymonkey")
OLGA = PasswordOwner("olga.owner@example.com", "the-owner", ("Olga Owner", "Acme"))


@pytest.fixture(scope="module")
def lists() -> Iterator[WordLists]:
    """Give the word lists, whose process ends with the tests of this file."""
    made = WordLists()
    yield made
    made.end()


@pytest.mark.parametrize(
    "password", [*COMMON, "zxcvbnm1234", "abcdefghij", "welcome12345", "administrator", "aaaaabbbbbccccc"]
)
def test_common_password_is_too_weak(lists: WordLists, password: str) -> None:
    assert weakness(password, 10, OLGA, lists) is not None


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
def test_password_that_contains_a_name_is_too_weak(lists: WordLists, password: str, named: str) -> None:
    assert named in (weakness(password, 10, OLGA, lists) or "")


@pytest.mark.parametrize(
    "password", [PASSWORD, "12 grey geese at noon", "vT9#kQ2!mZ", "höhenflug über wasser", "p" * 3 + "xq7 rain " * 110]
)
def test_unusual_password_is_good_enough(lists: WordLists, password: str) -> None:
    assert weakness(password, 10, OLGA, lists) is None


def _judging() -> set[int]:
    """Return the processes of this one that judge passwords."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            pid = int(status.parent.name)
            if f"PPid:\t{os.getpid()}\n" in status.read_text() and guessing.__name__ in command_line(pid):
                found.add(pid)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_word_lists_are_in_a_process_that_ends_and_is_started_again() -> None:
    others, lists = _judging(), WordLists()
    assert weakness("password123", 10, OLGA, lists) is not None
    first = _judging() - others

    lists.end()

    assert len(first) == 1
    assert _judging() == others
    assert weakness("password123", 10, OLGA, lists) is not None
    assert weakness(PASSWORD, 10, OLGA, lists) is None
    assert len(_judging() - others) == 1
    lists.end()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_password_is_judged_though_the_process_with_the_word_lists_was_killed(lists: WordLists) -> None:
    others = _judging()
    weakness("password123", 10, OLGA, lists)
    for pid in _judging() - others:
        os.kill(pid, signal.SIGKILL)

    assert weakness("password123", 10, OLGA, lists) is not None
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
