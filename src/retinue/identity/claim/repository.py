"""All SQL of the claim of a fresh installation."""

from datetime import datetime
from typing import LiteralString

from retinue.core.context import Tx

_ISSUE_CLAIM: LiteralString = "SELECT * FROM auth.issue_claim_token(%(token_hash)s, %(now)s, %(expires_at)s)"


async def issue_claim(tx: Tx, token_hash: bytes, now: datetime, expires_at: datetime) -> bool:
    """Store a claim token. False when somebody has an account."""
    values = {"token_hash": token_hash, "now": now, "expires_at": expires_at}
    return await (await tx.execute(_ISSUE_CLAIM, values)).fetchone() is not None


_IS_CLAIM: LiteralString = "SELECT auth.is_claim_token(%(token_hash)s, %(now)s)"


async def is_claim(tx: Tx, token_hash: bytes, now: datetime) -> bool:
    """Say whether a claim token is good."""
    row = await (await tx.execute(_IS_CLAIM, {"token_hash": token_hash, "now": now})).fetchone()
    return bool(row and row[0])
