"""What keys of external agents offer."""

from retinue.core.feature import Feature
from retinue.external.keys import permissions

feature = Feature(name="agent_keys", routers=("retinue.external.keys.routes",), permissions=permissions.ALL)
