"""Operations of auth, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
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


class AsyncAuthApi(AsyncResource):
    """Operations of auth."""

    async def check_claim_link(self, *, token: str | None = None) -> ClaimLinkState:
        """Return whether the installation has an owner, and whether the first owner's one-time link is valid."""
        return await self._connection.json("GET", "/auth/claim", query={"token": token})

    async def claim_installation(self, **body: Unpack[ClaimInstallation]) -> Session:
        """Claim a new installation: create the first user and organization, and sign in."""
        return await self._connection.json("POST", "/auth/claim", body=body)

    async def change_email(self, **body: Unpack[ChangeEmail]) -> User:
        """Change your e-mail address. Requires your password."""
        return await self._connection.json("POST", "/auth/email", body=body)

    async def switch_organization(self, **body: Unpack[SwitchOrganization]) -> Session:
        """Switch this session to another of your organizations."""
        return await self._connection.json("POST", "/auth/organization", body=body)

    async def change_password(self, **body: Unpack[ChangePassword]) -> None:
        """Change your password. All your other sessions end."""
        await self._connection.nothing("POST", "/auth/password", body=body)

    async def check_password_reset(self, *, token: str) -> PasswordResetState:
        """Return whether a password reset link is valid. Requires no authentication."""
        return await self._connection.json("GET", "/auth/password-reset", query={"token": token})

    async def reset_password(self, **body: Unpack[ResetPassword]) -> None:
        """Set a new password by a link, once. Every session of the person ends."""
        await self._connection.nothing("POST", "/auth/password-reset", body=body)

    async def get_session(self) -> Session:
        """Return who is signed in, in which organization, and what the person may do there."""
        return await self._connection.json("GET", "/auth/session")

    async def list_sessions(self, *, limit: int | None = None, cursor: str | None = None) -> SessionSummaryPage:
        """List your active sessions, newest first."""
        return await self._connection.json("GET", "/auth/sessions", query={"limit": limit, "cursor": cursor})

    def iterate_sessions(self, *, limit: int | None = None) -> AsyncIterator[SessionSummary]:
        """Iterate over what ``list_sessions`` lists, page after page."""
        return self._connection.items("/auth/sessions", query={"limit": limit})

    async def end_session(self, session_id: str, /) -> None:
        """End one of your sessions."""
        await self._connection.nothing("DELETE", path("auth", "sessions", session_id))

    async def sign_in(self, **body: Unpack[SignIn]) -> Session:
        """Sign in with an e-mail address and a password; sets the session's cookies."""
        return await self._connection.json("POST", "/auth/sign-in", body=body)

    async def sign_out(self) -> None:
        """End this session."""
        await self._connection.nothing("POST", "/auth/sign-out")

    async def sign_out_everywhere(self) -> None:
        """End every session of the person, this one included."""
        await self._connection.nothing("POST", "/auth/sign-out-everywhere")

    async def get_two_factor(self) -> TwoFactorState:
        """Return whether a code is required at your sign-in, and how many recovery codes are left."""
        return await self._connection.json("GET", "/auth/two-factor")

    async def enroll_two_factor(self, **body: Unpack[EnrollTwoFactor]) -> TwoFactorEnrollment:
        """Create a secret for an authenticator app, returned only here."""
        return await self._connection.json("POST", "/auth/two-factor", body=body)

    async def confirm_two_factor(self, **body: Unpack[ConfirmTwoFactor]) -> RecoveryCodes:
        """Enable two-factor authentication by a code of the app."""
        return await self._connection.json("POST", "/auth/two-factor/confirm", body=body)

    async def disable_two_factor(self, **body: Unpack[TwoFactorProof]) -> None:
        """Disable two-factor authentication; asks for the password and a code."""
        await self._connection.nothing("POST", "/auth/two-factor/disable", body=body)

    async def renew_recovery_codes(self, **body: Unpack[TwoFactorProof]) -> RecoveryCodes:
        """Replace your recovery codes; asks for the password and a code."""
        return await self._connection.json("POST", "/auth/two-factor/recovery-codes", body=body)

    async def create_password_reset(self, user_id: str, /) -> IssuedPasswordReset:
        """Create a link to set a new password."""
        return await self._connection.json("POST", path("users", user_id, "password-reset"))

    async def reset_two_factor(self, user_id: str, /) -> None:
        """Remove a person's lost second factor."""
        await self._connection.nothing("DELETE", path("users", user_id, "two-factor"))
