"""Why Retinue could not be started, as sentences for the person who starts it.

Nothing here is imported from the rest of the product: the supervisor stays small and needs these before all else.
"""


class StartError(Exception):
    """Something that keeps Retinue from starting; the text says what it is and what to do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Keep the two halves apart: `problem` is what was found, `remedy` is what the reader does next."""
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy
