"""What comes in over the wire about users."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Change
from retinue.core.validation import form
from retinue.identity.users.types import FullName

Username = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=64,
        pattern=form(
            r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "may contain letters, digits, '.', '_' and '-', and must begin with a letter or a digit",
        ),
    ),
]


class UpdateMe(Change):
    """Fields of your profile to change. Omitted fields are not changed. The picture has its own path."""

    full_name: FullName | None = None
    username: Username | None = None


class UpdateUser(Change):
    """Fields of a user that a superuser changes. Omitted fields are not changed."""

    is_active: bool | None = Field(default=None, description="A disabled user is signed out and cannot sign in.")
    is_superuser: bool | None = Field(default=None, description="May administer the installation.")
    subscription_tier: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="Sets how many requests a minute the user's API keys may make."
    )
