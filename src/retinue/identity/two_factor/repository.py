"""All SQL of the second factor. Rows are those of the person of the transaction; secrets are sealed, codes hashed."""

from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.identity.two_factor.types import Secret, TwoFactorState

_GET: LiteralString = "SELECT secret_encrypted, confirmed_at FROM two_factor_secrets WHERE user_id = auth.uid()"


async def get(tx: Tx) -> Secret | None:
    """Return the stored secret, confirmed or not."""
    async with tx.cursor(row_factory=class_row(Secret)) as cursor:
        return await (await cursor.execute(_GET)).fetchone()


_GET_STATE: LiteralString = """
SELECT u.has_two_factor AS is_enabled, s.confirmed_at,
       (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id) AS recovery_codes_left
FROM users u LEFT JOIN two_factor_secrets s ON s.user_id = u.id WHERE u.id = auth.uid()
"""


async def get_state(tx: Tx) -> TwoFactorState | None:
    """Return the state of the person's second factor."""
    async with tx.cursor(row_factory=class_row(TwoFactorState)) as cursor:
        return await (await cursor.execute(_GET_STATE)).fetchone()


_PUT: LiteralString = """
INSERT INTO two_factor_secrets (user_id, secret_encrypted) VALUES (auth.uid(), %(secret)s)
ON CONFLICT (user_id) DO UPDATE SET secret_encrypted = %(secret)s, last_step = 0
  WHERE two_factor_secrets.confirmed_at IS NULL
RETURNING user_id
"""


async def put(tx: Tx, sealed: bytes) -> bool:
    """Store an unconfirmed secret in place of an earlier unconfirmed one. False when one is confirmed."""
    return await (await tx.execute(_PUT, {"secret": sealed})).fetchone() is not None


_USE_STEP: LiteralString = """
UPDATE two_factor_secrets SET last_step = %(step)s, confirmed_at = coalesce(confirmed_at, %(now)s)
WHERE user_id = auth.uid() AND last_step < %(step)s AND (confirmed_at IS NULL) = %(is_first)s RETURNING user_id
"""


async def use_step(tx: Tx, step: int, now: datetime, *, is_first: bool) -> bool:
    """Use up the time step of a code; the first one confirms the secret. False when the step was used already."""
    values = {"step": step, "now": now, "is_first": is_first}
    return await (await tx.execute(_USE_STEP, values)).fetchone() is not None


_USE_CODE: LiteralString = "DELETE FROM recovery_codes WHERE user_id = auth.uid() AND code_hash = %(code_hash)s RETURNING 1"


async def use_recovery_code(tx: Tx, code_hash: bytes) -> bool:
    """Use up a recovery code. False when there is no such unused code."""
    return await (await tx.execute(_USE_CODE, {"code_hash": code_hash})).fetchone() is not None


_DELETE_CODES: LiteralString = "DELETE FROM recovery_codes WHERE user_id = auth.uid()"
_INSERT_CODES: LiteralString = """
INSERT INTO recovery_codes (user_id, code_hash) SELECT auth.uid(), unnest(%(hashes)s::bytea[])
"""


async def replace_recovery_codes(tx: Tx, hashes: list[bytes]) -> None:
    """Store new recovery codes in place of all earlier ones."""
    await tx.execute(_DELETE_CODES)
    await tx.execute(_INSERT_CODES, {"hashes": hashes})


_SET_ENABLED: LiteralString = "UPDATE users SET has_two_factor = %(is_enabled)s WHERE id = auth.uid()"
_DELETE: LiteralString = "DELETE FROM two_factor_secrets WHERE user_id = auth.uid() RETURNING 1"


async def set_enabled(tx: Tx, *, is_enabled: bool) -> None:
    """Store whether a code is asked for at sign-in."""
    await tx.execute(_SET_ENABLED, {"is_enabled": is_enabled})


async def delete(tx: Tx) -> bool:
    """Delete the secret and every recovery code."""
    await tx.execute(_DELETE_CODES)
    return await (await tx.execute(_DELETE)).fetchone() is not None
