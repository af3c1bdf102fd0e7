"""What comes in over the wire about the second factor."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body

Password = Annotated[str, Field(min_length=1, max_length=1000, description="Your current password.")]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    Field(description="The six digits of the authenticator app, or a recovery code."),
]


class Enroll(Body):
    """The password, so that a session alone cannot add a second factor."""

    password: Password


class Confirm(Body):
    """A first code, which proves that the app has the secret."""

    code: Code


class Prove(Body):
    """The password and a code."""

    password: Password
    code: Code
