"""Settings of the sandbox."""

from pydantic import Field

from retinue.core.settings import Settings


class SandboxSettings(Settings):
    """Limits of the code that users write, in one process."""

    sandbox_workers: int = Field(
        default=2, ge=1, le=64, description="Worker processes of the sandbox, at most; they start when code is first run."
    )
    sandbox_seconds: float = Field(
        default=2.0, ge=0.1, le=60, description="Running time of a snippet, at most; a tool may set less. In seconds."
    )
    sandbox_memory_bytes: int = Field(
        default=67_108_864, ge=8_388_608, le=1_073_741_824, description="Memory of a snippet, at most, in bytes."
    )
