"""What can go wrong with alerts."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, LimitedError, MissingError


class AlertConfigMissingError(MissingError):
    """The alert rule does not exist."""

    code = "alert_config_missing"


class AlertMissingError(MissingError):
    """The alert does not exist."""

    code = "alert_missing"


class ChannelMissingError(MissingError):
    """The channel does not exist."""

    code = "alert_channel_missing"


class DeliveryMissingError(MissingError):
    """The delivery does not exist."""

    code = "alert_delivery_missing"


class SilenceMissingError(MissingError):
    """The silence does not exist."""

    code = "alert_silence_missing"


class MaintenanceMissingError(MissingError):
    """The maintenance window does not exist."""

    code = "alert_maintenance_missing"


class AlertInvalidError(InvalidError):
    """The alert rule, channel or silence is not valid."""

    code = "alert_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field} {first.message}.", remedy=first.remedy, fields=fields)


class AlertResolvedError(ConflictError):
    """The alert is already resolved."""

    code = "alert_resolved"


class ChannelExistsError(ConflictError):
    """A channel of this kind and name already exists."""

    code = "alert_channel_exists"
    remedy = "Choose another name, or change the existing channel."


class ChannelUsedError(ConflictError):
    """The channel is used by alert rules."""

    code = "alert_channel_used"


class DeliveryWaitingError(ConflictError):
    """The delivery is already waiting to be sent."""

    code = "alert_delivery_waiting"


class CodeInvalidError(InvalidError):
    """The verification code is not valid."""

    code = "verification_code_invalid"
    remedy = "Enter the code of the newest message. After five attempts or 24 hours, send a new one."


class CodeLimitedError(LimitedError):
    """A verification code was sent less than a minute ago."""

    code = "verification_code_limited"
    remedy = "Wait a minute, then send another."
