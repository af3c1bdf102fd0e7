"""What the package offers."""

from retinue.core.feature import Feature
from retinue.workflows import permissions

feature = Feature(name="workflows", routers=("retinue.workflows.routes",), permissions=permissions.ALL)
