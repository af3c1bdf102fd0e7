"""What the package offers."""

from retinue.agents import permissions, tasks
from retinue.agents.starters import create_starter_agents
from retinue.core.feature import Feature, Periodic

feature = Feature(
    name="agents",
    routers=("retinue.agents.routes", "retinue.agents.routes_parts", "retinue.agents.routes_organization_variables"),
    permissions=permissions.ALL,
    periodic=(Periodic("agents.review", tasks.REVIEW_SECONDS, tasks.review),),
    organization_created=(create_starter_agents,),
)
