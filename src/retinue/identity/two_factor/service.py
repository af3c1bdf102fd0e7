"""The second factor: setting it up, asking for it at sign-in, and disabling it.

Who proves to be the person by a password is the caller's business: see ``sessions.service.prove``.
"""

import io

from retinue.core import audit
from retinue.core.context import Context
from retinue.identity.two_factor import repository, rules
from retinue.identity.two_factor.errors import CodeWrongError, TwoFactorDisabledError, TwoFactorEnabledError
from retinue.identity.two_factor.types import Enrollment, RecoveryCodes, TwoFactorState
from retinue.identity.users import service as users
from retinue.identity.users.errors import UserMissingError

_ISSUER = "Retinue"


async def get_state(ctx: Context) -> TwoFactorState:
    """Return the state of the person's second factor. Not for API keys."""
    users.require_person(ctx)
    state = await repository.get_state(ctx.tx)
    if state is None:
        raise UserMissingError
    return state


async def enroll(ctx: Context) -> Enrollment:
    """Create a secret for an authenticator app; it counts once ``confirm`` has seen a code of it. May be repeated.

    Writes the sealed secret; its text is in the result alone. Raises ``TwoFactorEnabledError``.
    """
    users.require_person(ctx)
    secret = rules.new_secret()
    if not await repository.put(ctx.tx, ctx.resources.secrets.seal(secret)):
        raise TwoFactorEnabledError
    uri = rules.otpauth_uri(secret, (await users.me(ctx)).email, _ISSUER)
    return Enrollment(secret, uri, _qr_svg(uri))


async def confirm(ctx: Context, code: str) -> RecoveryCodes:
    """Enable the second factor by a first code of the app; returns the recovery codes, this once.

    Raises ``CodeWrongError``, ``TwoFactorEnabledError`` and, before ``enroll``, ``TwoFactorDisabledError``. Writes an audit
    entry and the hashes of the codes.
    """
    users.require_person(ctx)
    stored = await repository.get(ctx.tx)
    if stored is None:
        raise TwoFactorDisabledError
    if stored.confirmed_at is not None:
        raise TwoFactorEnabledError
    secret = ctx.resources.secrets.open(stored.secret_encrypted)
    step = rules.step_of(secret, code, ctx.now.timestamp())
    if step is None or not await repository.use_step(ctx.tx, step, ctx.now, is_first=True):
        raise CodeWrongError
    await repository.set_enabled(ctx.tx, is_enabled=True)
    await audit.record(ctx, "user.two_factor_enabled", ("user", ctx.user_id))
    return await _new_recovery_codes(ctx)


async def check(ctx: Context, code: str) -> bool:
    """Say whether a code of the app or a recovery code is right, and use it up: each is accepted once.

    Writes the used step, or deletes the recovery code with an audit entry. Of several uses at once one succeeds.
    """
    stored = await repository.get(ctx.tx)
    if stored is None or stored.confirmed_at is None:
        return False
    step = rules.step_of(ctx.resources.secrets.open(stored.secret_encrypted), code, ctx.now.timestamp())
    if step is not None:
        return await repository.use_step(ctx.tx, step, ctx.now, is_first=False)
    if await repository.use_recovery_code(ctx.tx, rules.hash_recovery_code(code)):
        await audit.record(ctx, "user.recovery_code_used", ("user", ctx.user_id))
        return True
    return False


async def renew_recovery_codes(ctx: Context, code: str) -> RecoveryCodes:
    """Replace every recovery code. Raises ``CodeWrongError`` and ``TwoFactorDisabledError``; writes an audit entry."""
    await _require_code(ctx, code)
    await audit.record(ctx, "user.recovery_codes_renewed", ("user", ctx.user_id))
    return await _new_recovery_codes(ctx)


async def disable(ctx: Context, code: str) -> None:
    """Disable the second factor. Raises ``CodeWrongError`` and ``TwoFactorDisabledError``; writes an audit entry."""
    await _require_code(ctx, code)
    await repository.delete(ctx.tx)
    await repository.set_enabled(ctx.tx, is_enabled=False)
    ctx.grants_changed()
    await audit.record(ctx, "user.two_factor_disabled", ("user", ctx.user_id))


async def _require_code(ctx: Context, code: str) -> None:
    users.require_person(ctx)
    if not (await get_state(ctx)).is_enabled:
        raise TwoFactorDisabledError
    if not await check(ctx, code):
        raise CodeWrongError


async def _new_recovery_codes(ctx: Context) -> RecoveryCodes:
    codes = rules.new_recovery_codes()
    await repository.replace_recovery_codes(ctx.tx, [rules.hash_recovery_code(code) for code in codes])
    return RecoveryCodes(codes)


def _qr_svg(text: str) -> str:
    import segno  # noqa: PLC0415 - needed once in an account's life

    out = io.BytesIO()
    # Dark on light whatever the theme: scanners need it.
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=2, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue().decode()
