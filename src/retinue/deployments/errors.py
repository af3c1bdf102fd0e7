"""What can go wrong with deployments and their callers."""

from typing import Self

from retinue.core.errors import (
    ConflictError,
    Error,
    FieldProblem,
    InvalidError,
    LimitedError,
    MissingError,
    UnauthenticatedError,
)


class DeploymentMissingError(MissingError):
    """There is no such deployment."""

    code = "deployment_missing"


class DeploymentInvalidError(InvalidError):
    """The deployment is not valid."""

    code = "deployment_invalid"

    @classmethod
    def of(cls, field: str, message: str, remedy: str) -> Self:
        """Make the error of one field."""
        return cls(f"{field}: {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))

    @classmethod
    def of_member(cls, name: str, error: Error) -> Self:
        """Make the error of a team's member, which its name precedes."""
        fields = tuple(FieldProblem(f"{name}: {each.field}", each.message, each.remedy) for each in error.fields)
        return cls(f"{name}: {error.detail}", remedy=error.remedy_text, fields=fields)


class DeploymentOverError(ConflictError):
    """The deployment has failed or is stopped."""

    code = "deployment_over"
    remedy = "Deploy the version again, or roll back to the deployment."


class DeploymentNeverDeployedError(ConflictError):
    """The deployment was never deployed, so there is nothing to go back to."""

    code = "deployment_never_deployed"
    remedy = "Choose one with a deployed_at."


class DeploymentCurrentError(ConflictError):
    """The deployment is the deployed one."""

    code = "deployment_current"
    remedy = "Choose an earlier one; POST /api/v1/deployments deploys another version."


class NotDeployedError(MissingError):
    """Nothing is deployed at this URL."""

    code = "not_deployed"
    remedy = "Check the id in the URL: what it named may be stopped or deleted, or belong to another organization."


class CallerUnknownError(UnauthenticatedError):
    """The URL is for callers with an API key."""

    code = "caller_unknown"
    remedy = "Send an API key with the scope deployments:call as 'Authorization: Bearer rtn_…'."


class CallerLimitedError(LimitedError):
    """Too many runs were started without a key."""

    code = "caller_limited"
    remedy = "Wait as long as Retry-After says, then go on; or call with an API key."


class ChatBusyError(ConflictError):
    """The message before is still being answered."""

    code = "chat_busy"
    remedy = "Wait for its answer, then send the message again."
