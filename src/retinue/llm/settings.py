"""The room's settings."""

from pydantic import Field

from retinue.core.settings import Settings


class ModelSettings(Settings):
    """How models are reached."""

    model_private_networks: bool = Field(
        default=True,
        description="Whether a provider's address may be in a private network or on this machine, as a model server of "
        "one's own is. Turn it off where organizations do not trust each other.",
    )
