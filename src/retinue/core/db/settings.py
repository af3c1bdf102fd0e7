"""Settings of the connections to PostgreSQL: how they are made, and how long each kind of work waits."""

from typing import Literal

from pydantic import Field, field_validator

from retinue.core.settings import Settings, require_postgresql


class DatabaseSettings(Settings):
    """How connections are made and how long work on them may take."""

    direct_database_url: str = Field(
        default="",
        alias="DIRECT_DATABASE_URL",
        description="PostgreSQL URL past a connection pooler, for LISTEN and for migrations. Empty: there is no pooler.",
    )
    prepared_statements: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether statements are prepared. auto: not behind a pooler, as PgBouncer knows them only from 1.21 on.",
    )
    database_connect_seconds: int = Field(default=3, ge=2, le=60, description="Seconds for making a connection.")
    database_silence_seconds: int = Field(
        default=5, ge=1, le=300, description="Seconds without a sign of the network after which a connection is given up."
    )
    api_wait_seconds: float = Field(
        default=2, gt=0, le=60, description="Seconds that a request waits for a database connection before it is a 503."
    )
    api_lock_seconds: float = Field(
        default=2, gt=0, le=60, description="Seconds that a request waits for a lock in the database before it is a 503."
    )
    api_statement_seconds: float = Field(
        default=10, gt=0, le=600, description="Seconds that one statement of a request may take."
    )
    work_statement_seconds: float = Field(
        default=10, gt=0, le=600, description="Seconds that one statement of a worker may take; then it is tried again."
    )
    maintenance_statement_seconds: float = Field(
        default=300, gt=0, le=86400, description="Seconds that one statement of periodic work, such as deletion, may take."
    )

    @field_validator("direct_database_url")
    @classmethod
    def _is_postgresql(cls, url: str) -> str:
        return require_postgresql(url)
