"""The package's settings."""

from typing import Literal

from pydantic import Field

from retinue.core.settings import Settings


class ModelSettings(Settings):
    """How models are reached."""

    model_private_networks: bool = Field(
        default=True,
        description="Whether a provider's address may be in a private network or on this machine, as for a self-hosted "
        "model server. Turn it off where organizations do not trust each other: then only public addresses are called. "
        "Every address is checked when it is connected to, and redirects are refused, whatever this setting says.",
    )
    model_ollama_url: str = Field(
        default="http://127.0.0.1:11434",
        description="Where `POST /api/v1/model-providers/find-ollama` looks for an Ollama, when someone asks for it. "
        "Nothing connects to it otherwise.",
    )
    model_openai_client: Literal["lean", "langchain"] = Field(
        default="lean",
        description="Which client calls OpenAI and servers compatible with it: the lean one, or LangChain's, which costs "
        "several times the CPU.",
    )
