"""Settings of passwords and of what a subscription tier allows."""

from pydantic import Field, field_validator

from retinue.core.settings import Settings


class UserSettings(Settings):
    """The cost of password hashes, and the tiers. The defaults are those of OWASP's password storage cheat sheet."""

    password_memory_kib: int = Field(default=19456, ge=8, le=1048576, description="Memory of one Argon2id hash, KiB.")
    password_iterations: int = Field(default=2, ge=1, le=20, description="Passes of one Argon2id hash.")
    password_min_length: int = Field(default=10, ge=8, le=128, description="Characters of a new password, at least.")
    subscription_tiers: str = Field(
        default="free=600,pro=3000,enterprise=12000",
        description="The tiers a user may have, each with the requests a minute that each of the user's API keys may make.",
    )

    @field_validator("subscription_tiers")
    @classmethod
    def _well_formed(cls, value: str) -> str:
        if "free" not in _tiers(value):
            raise ValueError("the tier 'free' must be among them, since new users have it")
        return value

    def tiers(self) -> dict[str, int]:
        """Return the tiers: name → requests a minute."""
        return _tiers(self.subscription_tiers)


def _tiers(text: str) -> dict[str, int]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    tiers = {name.strip(): int(count) for name, _, count in pairs}
    if any(count < 1 for count in tiers.values()):
        raise ValueError("a tier allows at least one request a minute")
    return tiers
