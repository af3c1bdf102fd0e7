"""What can go wrong with web search."""

from typing import Self

from retinue.core.errors import FieldProblem, InvalidError

NOT_SET = (
    "Web search has no provider yet. An administrator chooses one under Settings, Web search (SearXNG, Brave or Tavily), "
    "or the operator sets RETINUE_WEB_SEARCH_PROVIDER."
)


class WebSearchInvalidError(InvalidError):
    """The web search settings are not valid."""

    code = "web_search_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)


class WebSearchUnsetError(InvalidError):
    """No web search provider is set."""

    code = "web_search_unset"
    remedy = "Choose one with PUT /api/v1/web-search, or set RETINUE_WEB_SEARCH_PROVIDER."
