"""Identifiers: every row's id is a UUIDv7 made by the application, so ids sort by their time of making."""

import os
import time
import uuid
from typing import NewType

UserId = NewType("UserId", uuid.UUID)
OrganizationId = NewType("OrganizationId", uuid.UUID)
RunId = NewType("RunId", uuid.UUID)

_VERSION = 0x7
_VARIANT = 0b10
_NANOSECONDS = 1_000_000


def new_id() -> uuid.UUID:
    """Make a UUID of version 7: Unix milliseconds in 48 bits, their fraction in 12, then randomness.

    RFC 9562, section 5.7 and method 3 of section 6.2: ids made one after the other in a process sort in that order, as far
    as the clock tells them apart (some 250 ns).
    """
    milliseconds, rest = divmod(time.time_ns(), _NANOSECONDS)
    random = int.from_bytes(os.urandom(8), "big")
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    middle = (_VERSION << 76) | ((rest << 12) // _NANOSECONDS << 64)
    low = (_VARIANT << 62) | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return uuid.UUID(int=high | middle | low)
