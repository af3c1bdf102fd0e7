"""What comes in over the wire about the first steps."""

from pydantic import Field

from retinue.core.http.request_models import Body


class DismissGettingStarted(Body):
    """Whether you want to see the first steps."""

    dismissed: bool = Field(description="True hides the first steps from you in this organization; false shows them again.")
