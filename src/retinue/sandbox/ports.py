"""The port through which other packages run code that users write."""

from typing import Protocol

from retinue.sandbox.types import Limits, Outcome, Problem, Program


class Sandbox(Protocol):
    """Runs code with no files, no network, no environment and no clock of the machine, within limits."""

    async def run(self, program: Program) -> Outcome:
        """Run a program to its end. Every failure of the program is in the outcome.

        Raises ``SandboxUnavailableError`` when no program can be run here. Cancelling kills the worker that runs it.
        """
        ...

    async def check(self, source: str, limits: Limits, *, stubs: str = "") -> tuple[Problem, ...]:
        """Return the mistakes of a source: syntax, types, unknown names and modules, what its top level raises.

        ``stubs`` are declarations of names that the source finds given. Raises as ``run`` does.
        """
        ...
