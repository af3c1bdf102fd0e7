"""What the room offers."""

from retinue.core.feature import Feature
from retinue.tools import permissions, routes
from retinue.tools.settings import ToolSettings

feature = Feature(name="tools", routers=(routes.router,), permissions=permissions.ALL, settings=(ToolSettings,))
