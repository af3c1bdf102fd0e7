"""The one-time link by which the first owner of a new installation signs in; the database keeps only a hash of its token."""

import hashlib
import secrets
from dataclasses import dataclass

LASTS_HOURS = 24


@dataclass(frozen=True, slots=True)
class Claim:
    """A token that was just made up, and the link that carries it."""

    token: str
    url: str

    @property
    def token_hash(self) -> bytes:
        """What the database keeps."""
        return hashlib.sha256(self.token.encode()).digest()


def make_claim(public_url: str) -> Claim:
    """Make up a token and its link; it is worth something only after `auth.issue_claim_token` took its hash."""
    token = secrets.token_urlsafe(32)
    return Claim(token, f"{public_url}/claim?token={token}")
