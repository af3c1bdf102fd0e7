"""What comes in over the wire about erasures."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.erasures.types import ErasureKind


class RequestErasure(Body):
    """What is to be erased, confirmed by its name."""

    kind: ErasureKind
    target_id: UUID = Field(
        description="The agent's, the organization's or the person's id. Of organizations: the request's."
    )
    confirm: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)] = Field(
        description="The agent's name, the organization's slug, or the person's e-mail address."
    )
