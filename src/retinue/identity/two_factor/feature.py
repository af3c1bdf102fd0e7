"""What two-factor authentication offers."""

from retinue.core.feature import Feature

feature = Feature(name="two_factor", routers=("retinue.identity.two_factor.routes",))
