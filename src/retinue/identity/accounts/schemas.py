"""What comes in over the wire about the deletion of an account."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.request_models import Body


class DeleteAccount(Body):
    """Your password, as confirmation."""

    password: Annotated[str, Field(min_length=1, max_length=1000, description="Your current password.")]
