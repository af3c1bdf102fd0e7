"""What the package offers."""

from retinue.core.feature import Feature
from retinue.identity.invitations.settings import InvitationSettings

feature = Feature(name="invitations", routers=("retinue.identity.invitations.routes",), settings=(InvitationSettings,))
