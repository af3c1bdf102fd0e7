"""The installation's mail server."""

from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from retinue.core.settings import Settings


class MailSettings(Settings):
    """The SMTP server that sends e-mail. Without one, nothing is sent by e-mail."""

    smtp_host: str = Field(default="", description="Host of the SMTP server that sends e-mail. Empty: no e-mail is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls (from the first byte, usually port 465) or none."
    )
    smtp_username: str = Field(default="", description="User name at the SMTP server. Empty: no authentication.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the SMTP server.")
    smtp_from: str = Field(
        default="",
        validate_default=True,
        description="Sender of e-mail, such as 'Retinue <retinue@example.com>'. Required with RETINUE_SMTP_HOST.",
    )

    @field_validator("smtp_from")
    @classmethod
    def _check_sender(cls, sender: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and "@" not in sender:
            raise ValueError("an e-mail address is required with RETINUE_SMTP_HOST")
        if any(mark in sender for mark in "\r\n"):
            raise ValueError("may not contain a line break")
        return sender

    @property
    def is_set(self) -> bool:
        """Whether e-mail can be sent."""
        return bool(self.smtp_host)
