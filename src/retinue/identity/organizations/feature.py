"""What the room of organizations offers."""

from retinue.core.feature import Feature
from retinue.identity.organizations import permissions, routes
from retinue.identity.organizations.settings import OrganizationSettings

feature = Feature(
    name="organizations", routers=(routes.router,), permissions=permissions.ALL, settings=(OrganizationSettings,)
)
