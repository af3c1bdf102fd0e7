"""What can go wrong with n8n."""

from retinue.core.errors import ConflictError, InvalidError, MissingError, UnauthenticatedError, UnavailableError


class N8nNotConnectedError(MissingError):
    """The organization is not connected to n8n."""

    code = "n8n_not_connected"
    remedy = "Connect n8n under Settings → n8n, or with PUT /api/v1/n8n/connection."


class N8nConnectionInvalidError(InvalidError):
    """The connection to n8n is not valid."""

    code = "n8n_connection_invalid"


class N8nRefusedError(UnavailableError):
    """n8n did not do what was asked."""

    code = "n8n_refused"
    remedy = "Check the connection to n8n and the log of n8n."


class N8nKeyRefusedError(N8nRefusedError):
    """n8n refuses the API key."""

    code = "n8n_key_refused"
    remedy = "Create an API key in n8n under Settings → n8n API with the scopes that docs/n8n.md lists, and enter it here."


class N8nWorkflowMissingError(MissingError):
    """n8n has no such workflow."""

    code = "n8n_workflow_missing"
    remedy = "Check the id. The workflow may be deleted or archived, or in a project that the API key cannot see."


class N8nConflictError(ConflictError):
    """n8n refuses to change the workflow now."""

    code = "n8n_conflict"
    remedy = "Open the workflow in n8n."


class N8nLinkMissingError(MissingError):
    """The workflow is not linked to n8n."""

    code = "n8n_link_missing"
    remedy = "Link it under Link to n8n on its page, or with POST /api/v1/n8n/links."


class N8nLinkedError(ConflictError):
    """The workflow is linked already."""

    code = "n8n_linked"
    remedy = "Remove the link first, or choose another workflow."


class N8nInUseError(ConflictError):
    """Workflows are linked to n8n."""

    code = "n8n_in_use"
    remedy = "Remove the links first."


class N8nNoWebhookError(ConflictError):
    """The n8n workflow has no webhook that Retinue can call."""

    code = "n8n_no_webhook"
    remedy = "Add a Webhook trigger with the method POST in n8n, publish the workflow, and refresh the link."


class N8nInactiveError(ConflictError):
    """The n8n workflow is not active: its webhook answers only when the workflow is published."""

    code = "n8n_inactive"
    remedy = "Publish the workflow in n8n, or here on its page."


class N8nStartFailedError(UnavailableError):
    """n8n did not start the workflow."""

    code = "n8n_start_failed"
    remedy = "Check the webhook's authentication and the workflow in n8n, then retry the run."


class N8nExecutionLostError(UnavailableError):
    """n8n has no execution for this run."""

    code = "n8n_execution_lost"
    remedy = "Let n8n save its executions (workflow settings), or end the workflow with the callback that docs/n8n.md shows."


class N8nExecutionFailedError(UnavailableError):
    """The workflow failed in n8n."""

    code = "n8n_execution_failed"
    remedy = "Open the execution in n8n, then retry the run."


class N8nCallbackRefusedError(UnauthenticatedError):
    """The token does not belong to a run that waits for n8n."""

    code = "n8n_callback_refused"
    remedy = "Send retinue.token of the webhook's body to retinue.callback_url, unchanged."


class N8nResumeUrlInvalidError(InvalidError):
    """The resume URL is not one of the connected n8n."""

    code = "n8n_resume_url_invalid"
    remedy = "Send {{ $execution.resumeUrl }}; its origin must be that of the connection's base URL or webhook URL."
