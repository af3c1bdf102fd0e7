"""`retinue users`: password reset links and the deletion of accounts, for the operator, at its database.

For the case that nobody can sign in who could do it in the console. The database's owner decides, as for `claim-link`.
"""

import hashlib
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import AsyncConnection

from retinue.cli.exits import FAILED, OK, fail
from retinue.cli.owner import owner_url, run_as_owner, secret_key
from retinue.core.errors import ConflictError
from retinue.core.ids import UserId, new_id
from retinue.core.settings import CoreSettings, environment

_HOURS = 24
_FIND = "SELECT id FROM users WHERE lower(email) = lower(%(email)s)"
_ISSUE = """
INSERT INTO password_resets (id, user_id, token_hash, expires_at)
VALUES (%(id)s, %(user_id)s, %(token_hash)s, tenant.now() + make_interval(hours => %(hours)s))
ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, token_hash = excluded.token_hash, created_by = NULL,
  expires_at = excluded.expires_at, created_at = tenant.now()
"""


def print_password_reset(email: str) -> int:
    """Print a password reset link for the account of an address, as the last line of standard output."""

    async def issue(connection: AsyncConnection[Any], user_id: UserId, core: CoreSettings) -> int:
        token = secrets.token_urlsafe(32)
        token_hash = hashlib.sha256(token.encode()).digest()
        values = {"id": new_id(), "user_id": user_id, "token_hash": token_hash, "hours": _HOURS}
        await connection.execute(_ISSUE, values)
        print(f"{core.public_url}/reset-password?token={token}")
        return OK

    return _with_account(email, issue)


def delete_account(email: str) -> int:
    """Delete the account of an address, with everything personal."""

    async def delete(_connection: AsyncConnection[Any], user_id: UserId, core: CoreSettings) -> int:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - for this command alone

        from retinue.identity.accounts import service  # noqa: PLC0415 - loads every package's code
        from retinue.process import Process  # noqa: PLC0415 - the same

        # Nothing sealed is opened here, so that any key will do where none is known.
        key = secret_key(core) or Fernet.generate_key().decode()
        process = Process({**environment(), "DATABASE_URL": owner_url(core), "RETINUE_SECRET_KEY": key})
        await process.start(is_serving=False)
        try:
            await service.delete_as_operator(process.database, user_id)
        except ConflictError as error:
            return fail(error, FAILED)
        finally:
            await process.stop()
        print(f"Account {email} deleted.")
        return OK

    return _with_account(email, delete)


def _with_account(email: str, act: Callable[[AsyncConnection[Any], UserId, CoreSettings], Awaitable[int]]) -> int:
    async def run(url: str, core: CoreSettings) -> int:
        async with await AsyncConnection.connect(url, connect_timeout=10, autocommit=True) as connection:
            row = await (await connection.execute(_FIND, {"email": email.strip()})).fetchone()
            if row is None:
                print(f"No account has the address {email}.", file=sys.stderr)
                return FAILED
            return await act(connection, UserId(row[0]), core)

    return run_as_owner(run)
