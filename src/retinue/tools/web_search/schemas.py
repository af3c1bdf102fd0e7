"""What comes in over the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.tools.web_search.types import SearchProvider


class SetWebSearch(Body):
    """The search provider. A key that is left out stays as it is; null removes it."""

    provider: SearchProvider
    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = Field(
        default=None, description="URL of a SearXNG server. For the others: their own when left out."
    )
    api_key: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] | None = Field(
        default=None, description="Stored encrypted, never returned. Needed for brave and tavily."
    )
