"""The data of the first owner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claimant:
    """The first owner of a fresh installation, and the name of their organization."""

    email: str
    full_name: str
    password: str
    organization_name: str

    def __repr__(self) -> str:
        """Leave the password out of every text."""
        return f"Claimant(email={self.email!r})"


@dataclass(frozen=True, slots=True)
class ClaimState:
    """Whether a claim link is valid, and whether anybody has an account, so that the installation has an owner."""

    valid: bool
    claimed: bool
