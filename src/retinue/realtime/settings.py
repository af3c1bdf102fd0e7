"""Settings of realtime subscriptions."""

from pydantic import Field

from retinue.core.settings import Settings


class RealtimeSettings(Settings):
    """How many subscribers a process serves, and what each may cost."""

    realtime_connections: int = Field(
        default=5000,
        ge=1,
        le=100000,
        description="WebSocket connections of one API process to the realtime endpoint, at most.",
    )
    realtime_connections_per_address: int = Field(
        default=500,
        ge=1,
        le=100000,
        description="Realtime connections of one process from one address, at most; of IPv6 from one /64 network.",
    )
    realtime_connections_per_user: int = Field(
        default=100,
        ge=1,
        le=100000,
        description="Realtime connections of one process that join channels with the tokens of one user, at most.",
    )
    realtime_channels: int = Field(default=100, ge=1, le=1000, description="Channels of one realtime connection, at most.")
    realtime_messages_per_second: int = Field(
        default=100, ge=1, le=10000, description="Messages a second that one realtime connection may send."
    )
    realtime_message_kib: int = Field(
        default=256, ge=16, le=4096, description="Largest message that a realtime client may send, in KiB."
    )
    realtime_buffer_kib: int = Field(
        default=1024,
        ge=64,
        le=65536,
        description="KiB that wait for a slow realtime client before its connection is closed.",
    )
    realtime_replay_minutes: int = Field(
        default=10, ge=1, le=120, description="Minutes for which changes of rows are kept for clients that reconnect."
    )
    realtime_token_seconds: int = Field(
        default=3600,
        ge=60,
        le=86400,
        description="Seconds for which an access token of /auth/v1 is valid; clients refresh it.",
    )
