"""What the room of the audit log offers."""

from retinue.core.feature import Feature
from retinue.identity.audit import permissions, routes

feature = Feature(name="audit", routers=(routes.router,), permissions=permissions.ALL)
