"""What comes in over the wire about account recovery."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.identity.users.types import NewPassword

Token = Annotated[str, Field(min_length=1, max_length=200, description="The token of the link.")]


class ResetPassword(Body):
    """The token of the link, and the new password."""

    token: Token
    new_password: NewPassword
