"""What approvals offer."""

from retinue.core.feature import Feature
from retinue.runs.approvals import routes

feature = Feature(name="approvals", routers=(routes.router,))
