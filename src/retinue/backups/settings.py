"""Settings of backups."""

import re
from base64 import urlsafe_b64decode

from pydantic import Field, SecretStr, field_validator

from retinue.core.s3 import SCHEME
from retinue.core.settings import Settings

KEY_BYTES = 32
SHORTEST_PASSPHRASE = 12
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NO_KEY = (
    "this is no key: 32 random bytes in URL-safe base64, as from "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


class BackupSettings(Settings):
    """Where backups are written, when, how many are kept, and how they are encrypted."""

    backup_dir: str = Field(
        default="",
        description="Folder or s3://bucket/prefix for the daily backups of `retinue up` and `retinue worker`. Empty: none.",
    )
    backup_endpoint: str = Field(default="", description="URL of an S3-compatible store for backups; empty: Amazon's own.")
    backup_region: str = Field(default="", description="Region of the bucket for backups; empty: us-east-1.")
    backup_access_key_id: str = Field(
        default="", description="Access key of the store for backups; empty: the machine's own role."
    )
    backup_secret_access_key: SecretStr = Field(default=SecretStr(""), description="Secret of that access key.")
    backup_time: str = Field(default="03:00", description="Time of the daily backup, HH:MM in UTC.")
    backup_keep_daily: int = Field(default=7, ge=1, le=3650, description="Daily backups to keep: the newest of each day.")
    backup_keep_weekly: int = Field(
        default=4, ge=0, le=520, description="Weekly backups to keep: the newest of each ISO week."
    )
    backup_keep_monthly: int = Field(
        default=6, ge=0, le=120, description="Monthly backups to keep: the newest of each month."
    )
    backup_rehearsal_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        description="Days after which /readyz warns that no rehearsal of a backup succeeded. 0: it does not.",
    )
    backup_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key that encrypts backups (32 bytes in URL-safe base64). Empty: they are not encrypted.",
    )
    backup_passphrase: SecretStr = Field(
        default=SecretStr(""),
        description="Passphrase, 12 characters or more, that seals RETINUE_SECRET_KEY in backups. Empty: it is left out.",
    )

    @field_validator("backup_dir")
    @classmethod
    def _names_a_bucket(cls, text: str) -> str:
        if text.startswith(SCHEME) and not text.removeprefix(SCHEME).partition("/")[0]:
            message = "this names no bucket: write s3://bucket/prefix"
            raise ValueError(message)
        return text

    @field_validator("backup_time")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if not _TIME.fullmatch(text):
            message = "this is no time such as 03:00"
            raise ValueError(message)
        return text

    @field_validator("backup_key")
    @classmethod
    def _is_a_key(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value():
            key_bytes(given.get_secret_value())
        return given

    @field_validator("backup_passphrase")
    @classmethod
    def _is_long_enough(cls, given: SecretStr) -> SecretStr:
        if 0 < len(given.get_secret_value()) < SHORTEST_PASSPHRASE:
            message = f"a passphrase has {SHORTEST_PASSPHRASE} characters or more"
            raise ValueError(message)
        return given

    @property
    def key(self) -> bytes | None:
        """The key that encrypts backups; None when they are not encrypted."""
        text = self.backup_key.get_secret_value()
        return key_bytes(text) if text else None

    @property
    def passphrase(self) -> str | None:
        """The passphrase that seals the secret key; None when there is none."""
        return self.backup_passphrase.get_secret_value() or None


def key_bytes(text: str) -> bytes:
    """Read a key. Raises ``ValueError`` when it is not 32 bytes in URL-safe base64."""
    try:
        key = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        raise ValueError(_NO_KEY) from None
    if len(key) != KEY_BYTES:
        raise ValueError(_NO_KEY)
    return key
