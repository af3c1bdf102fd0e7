"""Idempotency keys: the header with which a client may send the same request again after a lost reply."""

from typing import Annotated

from fastapi import Header

from retinue.core.validation import form

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=form(r"^[\x21-\x7e]+$", "may contain printable ASCII characters without spaces only"),
        description="Any text of up to 200 printable characters, unique in the organization. The same request under the "
        "same key is carried out once; its reply then has `Idempotent-Replay: true`.",
    ),
]

REPLAY_HEADER = "Idempotent-Replay"
