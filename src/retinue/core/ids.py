"""Identifiers: every row's id is a UUIDv7 made by the application, so ids sort by their time of making."""

import os
import time
import uuid
from typing import NewType

UserId = NewType("UserId", uuid.UUID)
OrganizationId = NewType("OrganizationId", uuid.UUID)
AgentId = NewType("AgentId", uuid.UUID)
RunId = NewType("RunId", uuid.UUID)

_RANDOM_BITS_A = 0x0FFF
_VERSION = 0x7
_VARIANT = 0b10


def new_id() -> uuid.UUID:
    """Make a UUID of version 7: 48 bits of Unix milliseconds, then randomness (RFC 9562, section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    middle = (_VERSION << 76) | ((random >> 64 & _RANDOM_BITS_A) << 64)
    low = (_VARIANT << 62) | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return uuid.UUID(int=high | middle | low)
