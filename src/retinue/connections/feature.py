"""What the package offers."""

from retinue.connections import permissions
from retinue.core.feature import Feature

feature = Feature(name="connections", routers=("retinue.connections.routes",), permissions=permissions.ALL)
