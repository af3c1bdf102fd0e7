"""What a dry run does instead of what has an effect outside: nobody is asked, nothing is waited for.

Calls of tools are left out where they are made (``runs.ledger``), so that those of agents in the workflow are, too.
"""

from retinue.core.errors import InvalidError
from retinue.core.json import Json
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recalls import STEP_TYPES
from retinue.engine.compile.workflow.recording import Recording
from retinue.engine.replay import SIMULATED
from retinue.engine.spec.workflow.nodes import ApprovalNode, QuestionNode, WaitForEventNode, WaitUntilNode


class PinNeededError(InvalidError):
    """A dry run has no result for a node that waits for people or for events."""

    code = "pin_needed"

    def __init__(self, path: str) -> None:
        """Name the node."""
        super().__init__(
            f"{path} waits for an answer, which a dry run does not ask for.", remedy="Pin a result for this node."
        )


def simulated(task: Task, recording: Recording) -> tuple[Json] | None:
    """Return, in a tuple, and record what a node gives in a dry run; None for a node that is carried out.

    Raises ``PinNeededError``.
    """
    node = task.node
    result: Json
    if isinstance(node, ApprovalNode):
        result = {"decision": "approve", "comment": None}
        if node.expires is not None:
            result["expired"] = False
    elif isinstance(node, WaitUntilNode):
        result = recording.scope.clock.now().isoformat()
    elif isinstance(node, QuestionNode) and node.default is not None:
        result = node.default
    elif isinstance(node, WaitForEventNode) and node.on_expiry == "continue":
        result = None
    elif isinstance(node, QuestionNode | WaitForEventNode):
        raise PinNeededError(task.path)
    else:
        return None
    kind = str(getattr(node, "type", ""))
    recording.end(task, STEP_TYPES.get(kind, kind), task.given, result, source=SIMULATED)
    return (result,)
