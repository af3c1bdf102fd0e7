"""What comes in over the wire about API keys."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.http.request_models import Body


class CreateApiKey(Body):
    """A new key: what it is for, what it may do, and until when."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    scopes: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(min_length=1, max_length=100)] = Field(
        description="Permissions such as runs:write; only those that you have."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="Without it the key does not expire.")
