"""What the package offers."""

from retinue.core.feature import Feature

feature = Feature(name="line_protocol", pages=("retinue.integrations.line_protocol.routes",))
