"""What comes in over the wire about sessions."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.core.ids import OrganizationId
from retinue.identity.users.types import EmailAddress, NewPassword

Password = Annotated[str, Field(min_length=1, max_length=1000, description="The password.")]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    Field(description="The six digits of the authenticator app, or a recovery code."),
]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320)]


class SignIn(Body):
    """An address and its password; for an account with a second factor also a code."""

    email: Email
    password: Password
    code: Code | None = None


class PasswordChange(Body):
    """The current and the new password."""

    current_password: Password
    new_password: NewPassword


class EmailChange(Body):
    """The new e-mail address, and the current password."""

    email: EmailAddress
    password: Password


class Switch(Body):
    """The organization to switch to."""

    organization_id: OrganizationId
