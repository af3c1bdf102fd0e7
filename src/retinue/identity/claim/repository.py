"""All SQL of the claim of a fresh installation."""

from datetime import datetime
from typing import LiteralString

from retinue.core.context import Tx

_IS_CLAIM: LiteralString = "SELECT auth.is_claim_token(%(token_hash)s, %(now)s)"


async def is_claim(tx: Tx, token_hash: bytes, now: datetime) -> bool:
    """Say whether a claim token is good."""
    row = await (await tx.execute(_IS_CLAIM, {"token_hash": token_hash, "now": now})).fetchone()
    return bool(row and row[0])
