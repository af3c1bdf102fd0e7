"""What comes in over the wire."""

from pydantic import AwareDatetime, Field

from retinue.core.http.request_models import Body


class RebuildUsage(Body):
    """A window of time: runs that were created in it."""

    start: AwareDatetime = Field(description="Start of the window.")
    end: AwareDatetime = Field(description="End of the window; not part of it.")
