"""What can go wrong with manifests."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class ManifestInvalidError(InvalidError):
    """The files cannot be applied; nothing was changed."""

    code = "manifest_invalid"


class PlanChangedError(ConflictError):
    """The plan differs from the one that was confirmed; nothing was changed."""

    code = "plan_changed"
    remedy = "Plan again with dry_run, and confirm the new plan."


class ExportMissingError(MissingError):
    """There is nothing of this kind and name to export."""

    code = "export_missing"
    remedy = "List what there is: GET /api/v1/export without name."
