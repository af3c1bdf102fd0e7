"""What comes in over the wire about invitations."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.core.permissions import Role
from retinue.identity.users.types import EmailAddress, FullName, NewPassword

Token = Annotated[str, Field(min_length=1, max_length=200, description="The token of the invitation's link.")]


class Invite(Body):
    """Whom to invite, and as what."""

    email: EmailAddress
    role: Role


class Accept(Body):
    """The token; and, for an address without an account, who the person is and the password to sign in with."""

    token: Token
    full_name: FullName | None = None
    password: NewPassword | None = None
