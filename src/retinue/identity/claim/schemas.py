"""What comes in over the wire about the claim."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.identity.users.types import EmailAddress, FullName, NewPassword

Token = Annotated[str, Field(min_length=1, max_length=200, description="The token of the one-time link.")]


class Claim(Body):
    """The first owner, and the name of the organization."""

    token: Token
    email: EmailAddress
    full_name: FullName
    password: NewPassword
    organization_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
