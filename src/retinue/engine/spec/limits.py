"""Limits of a tool, whatever its kind: how often it is called, how long a call takes, how much comes back, from whom."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from retinue.engine.spec.agent import Spec

_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.:-]{0,252})?")


def _host(text: str) -> str:
    lowered = text.strip().lower()
    if not _HOST.fullmatch(lowered):
        raise ValueError("is neither a host name, nor *.name, nor an address")
    return lowered


class ToolLimits(Spec):
    """The column ``tools.limits``. None means no limit of that sort beside those of the installation and the agent."""

    rate_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None,
        description="Maximum calls per minute, of all agents together. Further calls are refused and the model is told.",
    )
    timeout_seconds: Annotated[float, Field(ge=0.1, le=3600)] | None = Field(
        default=None, description="Maximum duration of a call in seconds; an agent's own limit can be shorter."
    )
    response_bytes: Annotated[int, Field(ge=1024, le=16_777_216)] | None = Field(
        default=None, description="Maximum size of the response as JSON; longer ones are truncated."
    )
    allowed_hosts: (
        Annotated[list[Annotated[str, Field(max_length=255), AfterValidator(_host)]], Field(max_length=100)] | None
    ) = Field(
        default=None, description="Hosts that calls may reach: names or *.names. The installation must allow them too."
    )
