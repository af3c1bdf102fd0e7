"""Operations of auth. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.auth import (
    ChangeEmail,
    ChangePassword,
    ClaimInstallation,
    ClaimLinkState,
    ConfirmTwoFactor,
    EnrollTwoFactor,
    IssuedPasswordReset,
    PasswordResetState,
    RecoveryCodes,
    ResetPassword,
    SessionSummary,
    SessionSummaryPage,
    SignIn,
    SwitchOrganization,
    TwoFactorEnrollment,
    TwoFactorProof,
    TwoFactorState,
)
from retinue.client.types.common_2 import Session, User


class AuthApi(Resource):
    """Operations of auth."""

    def check_claim_link(self, *, token: str | None = None) -> ClaimLinkState:
        """Return whether the installation has an owner, and whether the first owner's one-time link is valid."""
        return self._connection.json("GET", "/auth/claim", query={"token": token})

    def claim_installation(self, **body: Unpack[ClaimInstallation]) -> Session:
        """Claim a new installation: create the first user and organization, and sign in."""
        return self._connection.json("POST", "/auth/claim", body=body)

    def change_email(self, **body: Unpack[ChangeEmail]) -> User:
        """Change your e-mail address. Requires your password."""
        return self._connection.json("POST", "/auth/email", body=body)

    def switch_organization(self, **body: Unpack[SwitchOrganization]) -> Session:
        """Switch this session to another of your organizations."""
        return self._connection.json("POST", "/auth/organization", body=body)

    def change_password(self, **body: Unpack[ChangePassword]) -> None:
        """Change your password. All your other sessions end."""
        self._connection.nothing("POST", "/auth/password", body=body)

    def check_password_reset(self, *, token: str) -> PasswordResetState:
        """Return whether a password reset link is valid. Requires no authentication."""
        return self._connection.json("GET", "/auth/password-reset", query={"token": token})

    def reset_password(self, **body: Unpack[ResetPassword]) -> None:
        """Set a new password by a link, once. Every session of the person ends."""
        self._connection.nothing("POST", "/auth/password-reset", body=body)

    def get_session(self) -> Session:
        """Return who is signed in, in which organization, and what the person may do there."""
        return self._connection.json("GET", "/auth/session")

    def list_sessions(self, *, limit: int | None = None, cursor: str | None = None) -> SessionSummaryPage:
        """List your active sessions, newest first."""
        return self._connection.json("GET", "/auth/sessions", query={"limit": limit, "cursor": cursor})

    def iterate_sessions(self, *, limit: int | None = None) -> Iterator[SessionSummary]:
        """Iterate over what ``list_sessions`` lists, page after page."""
        return self._connection.items("/auth/sessions", query={"limit": limit})

    def end_session(self, session_id: str, /) -> None:
        """End one of your sessions."""
        self._connection.nothing("DELETE", path("auth", "sessions", session_id))

    def sign_in(self, **body: Unpack[SignIn]) -> Session:
        """Sign in with an e-mail address and a password; sets the session's cookies."""
        return self._connection.json("POST", "/auth/sign-in", body=body)

    def sign_out(self) -> None:
        """End this session."""
        self._connection.nothing("POST", "/auth/sign-out")

    def sign_out_everywhere(self) -> None:
        """End every session of the person, this one included."""
        self._connection.nothing("POST", "/auth/sign-out-everywhere")

    def get_two_factor(self) -> TwoFactorState:
        """Return whether a code is required at your sign-in, and how many recovery codes are left."""
        return self._connection.json("GET", "/auth/two-factor")

    def enroll_two_factor(self, **body: Unpack[EnrollTwoFactor]) -> TwoFactorEnrollment:
        """Create a secret for an authenticator app, returned only here."""
        return self._connection.json("POST", "/auth/two-factor", body=body)

    def confirm_two_factor(self, **body: Unpack[ConfirmTwoFactor]) -> RecoveryCodes:
        """Enable two-factor authentication by a code of the app."""
        return self._connection.json("POST", "/auth/two-factor/confirm", body=body)

    def disable_two_factor(self, **body: Unpack[TwoFactorProof]) -> None:
        """Disable two-factor authentication; asks for the password and a code."""
        self._connection.nothing("POST", "/auth/two-factor/disable", body=body)

    def renew_recovery_codes(self, **body: Unpack[TwoFactorProof]) -> RecoveryCodes:
        """Replace your recovery codes; asks for the password and a code."""
        return self._connection.json("POST", "/auth/two-factor/recovery-codes", body=body)

    def create_password_reset(self, user_id: str, /) -> IssuedPasswordReset:
        """Create a link to set a new password."""
        return self._connection.json("POST", path("users", user_id, "password-reset"))

    def reset_two_factor(self, user_id: str, /) -> None:
        """Remove a person's lost second factor."""
        self._connection.nothing("DELETE", path("users", user_id, "two-factor"))
