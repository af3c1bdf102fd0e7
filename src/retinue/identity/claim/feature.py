"""What the room of the claim offers."""

from retinue.core.feature import Feature
from retinue.identity.claim import routes

feature = Feature(name="claim", routers=(routes.router,))
