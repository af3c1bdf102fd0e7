"""Documents of auth. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from uuid import UUID

__all__ = [
    "ChangeEmail",
    "ChangePassword",
    "ClaimInstallation",
    "ClaimLinkState",
    "ConfirmTwoFactor",
    "EnrollTwoFactor",
    "IssuedPasswordReset",
    "PasswordResetState",
    "RecoveryCodes",
    "ResetPassword",
    "SessionSummary",
    "SessionSummaryPage",
    "SignIn",
    "SwitchOrganization",
    "TwoFactorEnrollment",
    "TwoFactorProof",
    "TwoFactorState",
]


class ChangeEmail(TypedDict):
    """The new e-mail address, and the current password."""

    email: str
    password: str


class ChangePassword(TypedDict):
    """The current and the new password."""

    current_password: str
    new_password: str


class ClaimInstallation(TypedDict):
    """The first owner, and the name of the organization."""

    email: str
    full_name: str
    organization_name: str
    password: str
    token: str


class ClaimLinkState(TypedDict):
    """Whether a claim link is valid, and whether anybody has an account, so that the installation has an owner."""

    claimed: bool
    valid: bool


class ConfirmTwoFactor(TypedDict):
    """A first code, which proves that the app has the secret."""

    code: str


class EnrollTwoFactor(TypedDict):
    """The password, so that a session alone cannot add a second factor."""

    password: str


class IssuedPasswordReset(TypedDict):
    """A new link, shown this once; only the hash of its token is stored. It ends the person's earlier link."""

    email: str
    emailed: NotRequired[bool | None]
    expires_at: str
    url: str


class PasswordResetState(TypedDict):
    """Whether a link is valid now, and for whose sign-in."""

    email: str | None
    valid: bool


class RecoveryCodes(TypedDict):
    """Ten codes that each stand in once for the app; shown this once, stored as hashes."""

    recovery_codes: list[str]


class ResetPassword(TypedDict):
    """The token of the link, and the new password."""

    new_password: str
    token: str


class SessionSummary(TypedDict):
    """One signed-in browser of a person."""

    created_at: str
    id: str
    ip: str | None
    is_current: bool
    last_seen_at: str
    user_agent: str | None


class SessionSummaryPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[SessionSummary]
    next_cursor: str | None


class SignIn(TypedDict):
    """An address and its password; for an account with a second factor also a code."""

    code: NotRequired[str | None]
    email: str
    password: str


class SwitchOrganization(TypedDict):
    """The organization to switch to."""

    organization_id: str | UUID


class TwoFactorEnrollment(TypedDict):
    """A new secret, shown this once: as text (Base32), as the address that apps read, and as a QR code of it …"""

    otpauth_uri: str
    qr_svg: str
    secret: str


class TwoFactorProof(TypedDict):
    """The password and a code."""

    code: str
    password: str


class TwoFactorState(TypedDict):
    """Whether a code is asked for at sign-in, since when, and how many recovery codes are unused."""

    confirmed_at: str | None
    is_enabled: bool
    recovery_codes_left: int
