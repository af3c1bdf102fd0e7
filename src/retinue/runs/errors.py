"""Why something cannot be done to a run."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class RunMissingError(MissingError):
    """There is no such run."""

    code = "run_missing"


class StepMissingError(MissingError):
    """The run has no such step."""

    code = "step_missing"


class RunOverError(ConflictError):
    """The run is over already."""

    code = "run_over"
    remedy = "Check its result, or retry it."


class RunNotFailedError(ConflictError):
    """Only a failed run can be resumed."""

    code = "run_not_failed"
    remedy = "Retry the run to start it again; a waiting run goes on when its approvals are decided."


class RunElsewhereError(ConflictError):
    """The run was carried out by n8n, which keeps no place to go on from."""

    code = "run_elsewhere"
    remedy = "Retry the run: n8n then goes on from the node that failed."


class RunNotOverError(ConflictError):
    """The run is not over yet."""

    code = "run_not_over"
    remedy = "Cancel it first, or wait until it has ended."


class OrganizationShutError(ConflictError):
    """The organization is being deleted."""

    code = "organization_shut"
    remedy = "POST /api/v1/organization-deletions/{id}/cancel opens it again until its erase_after."


class IdempotencyKeyReusedError(ConflictError):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"
    remedy = "Send the key with the very same request, or use a new key."


class DraftUnsupportedError(InvalidError):
    """A draft of another kind than what is to be run."""

    code = "draft_unsupported"
    remedy = "Give draft with type agent and team_draft with type team; save a workflow, then run it."


class PreviewUnsupportedError(InvalidError):
    """Only a team of type route chooses one member."""

    code = "preview_unsupported"
    remedy = "Ask a team of type route, or run the team."


class PlaygroundDeniedError(InvalidError):
    """An API key cannot start playground runs."""

    code = "playground_denied"
    remedy = "Leave playground out and activate the agent, or sign in as a person."


class LimitsTooWideError(InvalidError):
    """A run's limits can only be tighter than its agent's."""

    code = "limits_too_wide"
    remedy = "Ask for less, or raise the agent's own limits."


class WebhookBodyInvalidError(InvalidError):
    """The body of a webhook is the input of a workflow."""

    code = "webhook_body_invalid"
    remedy = "Send a JSON object that fits the workflow's input_schema."


class StepNotForkableError(InvalidError):
    """A step of an item or a round has no place of its own to fork from."""

    code = "step_not_forkable"
    remedy = "Fork from the step of the map or the loop that it belongs to."


class InputNotForkableError(InvalidError):
    """What is given does not fit the step that the run is forked from."""

    code = "input_not_forkable"
    remedy = "A first step takes another input, a later model's step one more prompt, a tool's step other arguments."
