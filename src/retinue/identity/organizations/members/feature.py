"""What the package offers."""

from retinue.core.feature import Feature
from retinue.identity.organizations.members import permissions

feature = Feature(name="members", routers=("retinue.identity.organizations.members.routes",), permissions=permissions.ALL)
