"""The code nodes of a workflow: Python of its author, in the sandbox."""

from retinue.core.json import Json
from retinue.engine.compile.workflow.errors import CodeFailedError
from retinue.engine.compile.workflow.ports import Expressions, Task
from retinue.engine.compile.workflow.reading import values_read_by_code
from retinue.engine.compile.workflow.recording import Recording
from retinue.engine.records import LogLine
from retinue.engine.spec.workflow.nodes import CodeNode


class Codes:
    """Runs the code nodes of one execution of a run."""

    def __init__(self, recording: Recording, expressions: Expressions) -> None:
        """Take how steps are recorded, and who computes."""
        self._recording = recording
        self._expressions = expressions

    async def run(self, task: Task, node: CodeNode) -> Json:
        """Return the value of the code's last expression. Raises ``CodeFailedError`` with line and column."""
        read = values_read_by_code(node.code, task.values)
        given = read if task.input is None else {**read, "input": task.input}
        start = self._recording.begin(task, "code")
        computed = await self._expressions.run(node.code, given, node.limits)
        logs = tuple(LogLine("info", line) for line in computed.printed.splitlines() if line.strip())
        if computed.failure is not None:
            message = f"{task.path}, code: {computed.failure}"
            self._recording.finish(start, given, None, error=message, logs=logs)
            raise CodeFailedError(message)
        self._recording.finish(start, given, computed.value, logs=logs)
        return computed.value
