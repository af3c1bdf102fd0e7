"""What the package offers."""

from retinue.core.feature import Feature
from retinue.sandbox.settings import SandboxSettings

feature = Feature(name="sandbox", settings=(SandboxSettings,))
