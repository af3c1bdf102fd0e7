"""What the package offers."""

from retinue.core.feature import Feature
from retinue.identity.organizations import permissions
from retinue.identity.organizations.settings import OrganizationSettings

feature = Feature(
    name="organizations",
    routers=("retinue.identity.organizations.routes",),
    permissions=permissions.ALL,
    settings=(OrganizationSettings,),
)
