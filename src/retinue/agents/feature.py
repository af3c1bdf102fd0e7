"""What the room offers."""

from retinue.agents import permissions, routes, routes_parts
from retinue.agents.starters import create_starter_agents
from retinue.core.feature import Feature

feature = Feature(
    name="agents",
    routers=(routes.router, routes_parts.router),
    permissions=permissions.ALL,
    organization_created=(create_starter_agents,),
)
