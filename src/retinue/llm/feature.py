"""What the room offers."""

from retinue.core.feature import Feature
from retinue.llm import permissions, routes
from retinue.llm.settings import ModelSettings

feature = Feature(name="llm", routers=(routes.router,), permissions=permissions.ALL, settings=(ModelSettings,))
