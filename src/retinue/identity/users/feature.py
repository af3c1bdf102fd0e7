"""What the package offers."""

from retinue.core.feature import Feature
from retinue.identity.users.settings import UserSettings

feature = Feature(name="users", routers=("retinue.identity.users.routes",), settings=(UserSettings,))
