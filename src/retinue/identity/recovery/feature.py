"""What account recovery offers."""

from retinue.core.feature import Feature
from retinue.identity.recovery.settings import RecoverySettings

feature = Feature(name="recovery", routers=("retinue.identity.recovery.routes",), settings=(RecoverySettings,))
