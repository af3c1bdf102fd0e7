"""What the room of members offers."""

from retinue.core.feature import Feature
from retinue.identity.organizations.members import permissions, routes

feature = Feature(name="members", routers=(routes.router,), permissions=permissions.ALL)
