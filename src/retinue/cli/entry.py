"""The processes that `retinue up` starts, without the command line's parser: it would cost each of them time and memory.

`retinue api` and its like call the same functions, one module for each, imported only when it is the one.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import cast

UNWANTED: Mapping[str, None] = {"httpx._main": None, "httpx2._main": None}
"""Taken for not installed: the command lines of HTTP clients, which import ``rich`` and ``pygments``, 3 MB."""


def main(arguments: Sequence[str]) -> int:
    """Run one process of Retinue and return its exit code; the first argument is its name."""
    name, *rest = arguments
    if name in {"api", "worker", "template"}:
        return _serve(name, int(rest[1]) if rest else None)
    if name == "migrate":
        from retinue.cli.migrate import migrate  # noqa: PLC0415 - each process imports its own part only

        return migrate()
    if name == "backup-daily":
        from retinue.cli.backup import back_up_daily  # noqa: PLC0415 - as above

        return back_up_daily(int(rest[0]))
    if name == "claim-link":
        from retinue.cli.claim import print_claim_link  # noqa: PLC0415 - as above

        return print_claim_link()
    if name == "install-model":
        from retinue.cli.models import install_quietly  # noqa: PLC0415 - as above

        return install_quietly(rest[0])
    raise ValueError(name)


def _serve(name: str, descriptor: int | None) -> int:
    """Run a process that serves, on the socket behind a descriptor."""
    cast("dict[str, object]", sys.modules).update(UNWANTED)
    if name == "worker":
        from retinue.cli.worker import serve_worker  # noqa: PLC0415 - as above

        return serve_worker(descriptor=descriptor)
    if descriptor is None:
        raise ValueError(name)
    if name == "api":
        from retinue.cli.api import serve_api  # noqa: PLC0415 - as above

        return serve_api(descriptor=descriptor)
    from retinue.cli.template import serve_template  # noqa: PLC0415 - as above

    return serve_template(descriptor, main)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
