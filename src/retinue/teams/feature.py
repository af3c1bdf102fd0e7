"""What the package offers."""

from retinue.core.feature import Feature
from retinue.teams import permissions

feature = Feature(name="teams", routers=("retinue.teams.routes",), permissions=permissions.ALL)
