"""What the package offers. Applying needs the permissions of each kind of resource, so it has none of its own."""

from retinue.core.feature import Feature

feature = Feature(name="manifests", routers=("retinue.manifests.routes",))
