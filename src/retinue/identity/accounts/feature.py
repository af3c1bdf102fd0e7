"""What the deletion of accounts offers."""

from retinue.core.feature import Feature

feature = Feature(name="accounts", routers=("retinue.identity.accounts.routes",))
