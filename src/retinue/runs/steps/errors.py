"""Why a step's request cannot be shown."""

from retinue.core.errors import MissingError


class StepRequestMissingError(MissingError):
    """There is no request for this step."""

    code = "step_request_missing"
    remedy = "Ask for a finished step of type llm_call of a hosted agent; a step is listed once it has ended."
