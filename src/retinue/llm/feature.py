"""What the room offers."""

from retinue.core.feature import Feature
from retinue.llm import permissions, routes, routes_instance
from retinue.llm.settings import ModelSettings

feature = Feature(
    name="llm", routers=(routes.router, routes_instance.router), permissions=permissions.ALL, settings=(ModelSettings,)
)
