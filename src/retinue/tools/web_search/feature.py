"""What the module offers."""

from retinue.core.feature import Feature
from retinue.tools.web_search import permissions
from retinue.tools.web_search.settings import WebSearchDefaults

feature = Feature(
    name="web_search",
    routers=("retinue.tools.web_search.routes",),
    permissions=permissions.ALL,
    settings=(WebSearchDefaults,),
)
