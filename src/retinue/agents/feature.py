"""What the room offers."""

from retinue.agents import permissions, routes, routes_parts, tasks
from retinue.agents.starters import create_starter_agents
from retinue.core.feature import Feature, Periodic

feature = Feature(
    name="agents",
    routers=(routes.router, routes_parts.router),
    permissions=permissions.ALL,
    periodic=(Periodic("agents.review", tasks.REVIEW_SECONDS, tasks.review),),
    organization_created=(create_starter_agents,),
)
