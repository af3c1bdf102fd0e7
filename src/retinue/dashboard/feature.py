"""What the dashboard offers."""

from retinue.core.feature import Feature
from retinue.dashboard import permissions

feature = Feature(name="dashboard", routers=("retinue.dashboard.routes",), permissions=permissions.ALL)
