"""What approvals offer."""

from retinue.core.feature import Feature

feature = Feature(name="approvals", routers=("retinue.runs.approvals.routes",))
