"""What an organization's live news offers."""

from retinue.core.feature import Feature

feature = Feature(name="live", routers=("retinue.runs.live.routes",))
