"""What can go wrong with webhooks."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class WebhookMissingError(MissingError):
    """The webhook does not exist."""

    code = "webhook_missing"


class WebhookDeliveryMissingError(MissingError):
    """The delivery does not exist."""

    code = "webhook_delivery_missing"


class WebhookExistsError(ConflictError):
    """A webhook of this name already exists."""

    code = "webhook_exists"
    remedy = "Choose another name, or change the existing webhook."


class WebhookDeliveryWaitingError(ConflictError):
    """The delivery is already waiting to be sent."""

    code = "webhook_delivery_waiting"


class WebhookInvalidError(InvalidError):
    """The webhook is not valid."""

    code = "webhook_invalid"

    @classmethod
    def of(cls, field: FieldProblem) -> Self:
        """Make the error of a field problem."""
        return cls(f"{field.field} {field.message}.", remedy=field.remedy, fields=(field,))
