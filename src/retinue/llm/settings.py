"""The room's settings."""

from typing import Literal

from pydantic import Field

from retinue.core.settings import Settings


class ModelSettings(Settings):
    """How models are reached."""

    model_private_networks: bool = Field(
        default=True,
        description="Whether a provider's address may be in a private network or on this machine, as a model server of "
        "one's own is. Turn it off where organizations do not trust each other: then names are checked at each "
        "connection, and addresses of one's own are left to the kinds openai_compatible and ollama.",
    )
    model_openai_client: Literal["lean", "langchain"] = Field(
        default="lean",
        description="Which client calls OpenAI and servers compatible with it: the lean one, or LangChain's, which costs "
        "several times the CPU. Without private networks it is always the lean one.",
    )
