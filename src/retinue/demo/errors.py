"""What can go wrong with the demonstration organization."""

from retinue.core.errors import ConflictError, MissingError, UnavailableError


class DemoExistsError(ConflictError):
    """There is an organization with the slug of the demonstration."""

    code = "demo_exists"
    remedy = "Remove it with 'retinue demo --remove', or open it in the console's switcher of organizations."


class DemoMissingError(MissingError):
    """There is no demonstration organization."""

    code = "demo_missing"
    remedy = "'retinue demo' makes one."


class DemoUsedError(ConflictError):
    """People added something of their own to the demonstration organization."""

    code = "demo_used"
    remedy = "Add --everything to remove that too."


class OwnerMissingError(MissingError):
    """There is no account that could own the demonstration organization."""

    code = "demo_owner_missing"
    remedy = "Claim the installation first ('retinue claim-link'), or name an account with --owner."


class DemoRefusedError(UnavailableError):
    """The API refused a part of the demonstration."""

    code = "demo_refused"
    remedy = "Remove what is there with 'retinue demo --remove --everything', and report this as a fault."


class DemoTooSlowError(UnavailableError):
    """The runs of the demonstration were not carried out in time."""

    code = "demo_too_slow"
    remedy = "Remove what is there with 'retinue demo --remove --everything', and try again on a machine with less load."
