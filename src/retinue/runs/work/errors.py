"""Why work cannot be done, or what was done is not taken."""

from retinue.core.errors import ConflictError, MissingError


class WorkMissingError(MissingError):
    """The agent has no such run."""

    code = "work_missing"


class WorkLostError(ConflictError):
    """The run is no longer held under this lease."""

    code = "work_lost"
    remedy = "Stop this work and claim again: the lease ended and another claimed the run, or the run is over."


class WorkOverError(ConflictError):
    """The run is over already."""

    code = "work_over"
    remedy = "Report what belongs to a run before its end, or together with it."


class ExecutionChangedError(ConflictError):
    """The execution was reported before, and differently."""

    code = "execution_changed"
    remedy = "Send the same report again, or use another external_execution_id."
