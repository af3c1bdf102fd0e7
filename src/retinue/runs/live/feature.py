"""What an organization's live news offers."""

from retinue.core.feature import Feature
from retinue.runs.live import routes

feature = Feature(name="live", routers=(routes.router,))
