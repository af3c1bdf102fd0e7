"""A second wall around a worker process: limits that the kernel keeps, should the interpreter's own fail.

Linux only, where the limits of another process can be set; elsewhere the interpreter's limits stand alone.
"""

import contextlib
import resource

_ADDRESS_SPACE_BYTES = 512 * 1024 * 1024
"""Beyond the memory of programs: the worker's binary, its stacks and its type checker are mapped too."""

_OPEN_FILES = 3
"""Standard input, output and errors are open already, so no file and no socket can be opened any more."""


def confine(pid: int, memory_bytes: int) -> None:
    """Deny a worker files, sockets and core dumps, and cap its address space. A worker that is gone is left alone."""
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:
        return
    limits = {
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: _ADDRESS_SPACE_BYTES + 4 * memory_bytes,
    }
    with contextlib.suppress(ProcessLookupError, PermissionError):
        for kind, most in limits.items():
            prlimit(pid, kind, (most, most))
