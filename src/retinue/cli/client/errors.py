"""Why a command could not do what it was asked, and the exit codes of the client's commands."""

COMPLETED = 0
FAILED = 1
USAGE = 2
CANCELLED = 3
WAITING = 4
CHANGES_PENDING = 5
UNAVAILABLE = 69
NOT_WRITTEN = 74
NOT_SIGNED_IN = 77
INTERRUPTED = 130
READER_GONE = 141


class ClientError(Exception):
    """A sentence for the person at the terminal, and the exit code that goes with it."""

    def __init__(self, sentence: str, code: int = FAILED, problem: str | None = None) -> None:
        """Take what went wrong and what to do; ``problem`` is the API's own code of it."""
        self.code = code
        self.problem = problem
        super().__init__(sentence)
