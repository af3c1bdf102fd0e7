"""Pure decisions about connections."""

import re

_RETURN = re.compile(r"/(?![/\\])[A-Za-z0-9_~.\-/%?=&:+,!$'()*;@]*")


def is_own_page(path: str) -> bool:
    """Tell whether a path is one of the console: never another host's, however it is written."""
    return _RETURN.fullmatch(path) is not None and "//" not in path.partition("?")[0]
