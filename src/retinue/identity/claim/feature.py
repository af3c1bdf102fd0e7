"""What the package offers."""

from retinue.core.feature import Feature

feature = Feature(name="claim", routers=("retinue.identity.claim.routes",))
