"""What the package offers."""

from retinue.core.feature import Feature
from retinue.identity.api_keys import permissions, service

feature = Feature(
    name="api_keys",
    routers=("retinue.identity.api_keys.routes",),
    permissions=permissions.ALL,
    organization_keys=(service.list_counters,),
)
