"""What the room of the audit log offers."""

from retinue.core.feature import Feature
from retinue.identity.audit import permissions

feature = Feature(name="audit", routers=("retinue.identity.audit.routes",), permissions=permissions.ALL)
