"""What the room of API keys offers."""

from retinue.core.feature import Feature
from retinue.identity.api_keys import permissions, routes

feature = Feature(name="api_keys", routers=(routes.router,), permissions=permissions.ALL)
