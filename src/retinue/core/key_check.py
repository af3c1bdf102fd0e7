"""Check at start that the secret key opens what is sealed, so that a lost or wrong key is noticed before it does harm.

A process with another key would seal new values beside old ones that nothing opens any more.
"""

from contextlib import suppress
from typing import Any

import psycopg

from retinue.core.secrets import SecretBox, SecretUnreadableError
from retinue.core.settings import SettingsError

_READ = "SELECT key_check, sample FROM tenant.sealed_values()"
_STORE = "SELECT tenant.set_key_check(%s)"
_TEXT = "retinue"


class SecretKeyWrongError(SettingsError):
    """RETINUE_SECRET_KEY does not open the secrets in the database."""

    code = "secret_key_wrong"
    remedy = (
        "Start with the key under which they were saved: RETINUE_SECRET_KEY, or the file secret.key of the data folder "
        "from your backup. Without it they are lost: 'retinue discard-secrets' deletes them, and you enter them again."
    )


def check_secret_key(connection: psycopg.Connection[Any], secrets: SecretBox) -> None:
    """Refuse a key that does not open the sealed values; store a check value where there is none.

    Raises ``SecretKeyWrongError``. May be repeated, and by several processes at once.
    """
    key_check, sample = connection.execute(_READ).fetchone() or (None, None)
    if _opens(secrets, key_check):
        return
    if sample is not None and (key_check is not None or not _opens(secrets, sample)):
        raise SecretKeyWrongError
    connection.execute(_STORE, (secrets.seal(_TEXT),))


def _opens(secrets: SecretBox, sealed: bytes | None) -> bool:
    if sealed is None:
        return False
    with suppress(SecretUnreadableError):
        secrets.open(sealed)
        return True
    return False
