"""What comes in over the wire about traces."""

from pydantic import Field

from retinue.core.http.request_models import Body


class SetTracing(Body):
    """What leaves with the traces of the organization's runs."""

    allows_content: bool = Field(
        description="Whether inputs, outputs, error messages and tags may leave, where the operator sends them too."
    )
