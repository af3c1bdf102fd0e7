"""The second factor: its state, and what is shown once while it is set up."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TwoFactorState:
    """Whether a code is asked for at sign-in, since when, and how many recovery codes are unused."""

    is_enabled: bool
    confirmed_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A new secret, shown this once: as text (Base32), as the address that apps read, and as a QR code of it (SVG)."""

    secret: str
    otpauth_uri: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Ten codes that each stand in once for the app; shown this once, stored as hashes."""

    recovery_codes: list[str]


@dataclass(frozen=True, slots=True)
class Secret:
    """A stored secret, sealed."""

    secret_encrypted: bytes
    confirmed_at: datetime | None
