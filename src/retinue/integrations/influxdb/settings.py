"""Where the operator has metrics sent. Nothing is sent unless an InfluxDB is named."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from retinue.core.settings import Settings


class InfluxSettings(Settings):
    """The InfluxDB, how long it keeps what it receives, and what waits for it while it is away."""

    influxdb_url: str = Field(
        default="", description="Base URL of an InfluxDB that receives metrics, such as `http://influxdb:8086`. Empty: none."
    )
    influxdb_database: str = Field(default="", description="Database of an InfluxDB 1; takes the place of the bucket.")
    influxdb_bucket: str = Field(
        default="", validate_default=True, description="Bucket of an InfluxDB 2; needs the organization and the token."
    )
    influxdb_org: str = Field(default="", validate_default=True, description="Organization of the bucket, by its name.")
    influxdb_token: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="API token that may write to the bucket."
    )
    influxdb_username: str = Field(default="", description="User of the database, where it requires one.")
    influxdb_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    influxdb_retention_days: int = Field(
        default=0,
        ge=0,
        le=36500,
        description="Days that InfluxDB keeps points; database and retention policy, or bucket, are created. 0: none is.",
    )
    influxdb_buffer_hours: int = Field(
        default=24, ge=1, le=168, description="Hours that points are kept for an InfluxDB that does not answer."
    )
    influxdb_buffer_points: int = Field(
        default=1_000_000,
        ge=1000,
        le=100_000_000,
        description="Points kept for InfluxDB at most; the oldest are dropped.",
    )

    @field_validator("influxdb_url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        parts = urlsplit(url)
        is_plain = not (parts.query or parts.fragment or "@" in parts.netloc or " " in url) and url.isascii()
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain):
            raise ValueError("this is no URL such as http://influxdb:8086, without user and query")
        return url.rstrip("/")

    @field_validator("influxdb_database", "influxdb_bucket", "influxdb_org", "influxdb_username")
    @classmethod
    def _check_place(cls, text: str, info: ValidationInfo) -> str:
        known: dict[str, str] = info.data
        if text and not known.get("influxdb_url"):
            raise ValueError("it needs RETINUE_INFLUXDB_URL, the server's URL")
        if (
            info.field_name == "influxdb_bucket"
            and known.get("influxdb_url")
            and bool(text) == bool(known["influxdb_database"])
        ):
            raise ValueError("set either the bucket (InfluxDB 2) or RETINUE_INFLUXDB_DATABASE (InfluxDB 1)")
        if info.field_name == "influxdb_org" and known.get("influxdb_bucket") and not text:
            raise ValueError("a bucket requires its organization")
        return text

    @field_validator("influxdb_token", "influxdb_password")
    @classmethod
    def _check_secret(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        text = secret.get_secret_value()
        if info.field_name == "influxdb_token" and info.data.get("influxdb_bucket") and not text:
            raise ValueError("a bucket requires a token that may write to it")
        if not (text.isascii() and text.isprintable()) and text:
            raise ValueError("it consists of printable ASCII characters")
        return secret
