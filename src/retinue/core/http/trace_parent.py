"""The header ``traceparent`` of W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/)."""

import re
from collections.abc import Sequence

from retinue.core.context import TraceParent

_FIELDS = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def read_trace_parent(values: Sequence[str]) -> TraceParent | None:
    """Return the caller's trace and span; None when the header is missing, repeated or invalid, as the standard asks.

    Versions after 00 may append fields, which are not read; version ff and ids of zeros are invalid.
    """
    if len(values) != 1:
        return None
    found = _FIELDS.fullmatch(values[0].strip(" \t"))
    if found is None:
        return None
    version, trace_id, span_id, rest = found.groups()
    if version == "ff" or (version == "00" and rest is not None) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return TraceParent(trace_id, span_id)
