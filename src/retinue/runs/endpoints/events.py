"""What webhooks announce, as events of the outbox."""

from typing import Final

DISABLED: Final = "webhook.disabled"
"""A webhook was disabled after errors; the payload names it and the last error."""
