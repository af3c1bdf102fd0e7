"""What the commands of model providers do: list, add and test them."""

import uuid
from typing import Any

from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_providers

FAILED = 1


async def list_providers(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's model providers."""
    async with connected(given) as connection:
        providers = (await connection.get("/model-providers"))["items"]
    print_json(providers) if as_json else print_providers(providers)
    return COMPLETED


async def add_provider(given: Credentials, body: dict[str, Any], *, as_json: bool) -> int:
    """Test a provider and add it; print its models."""
    async with connected(given) as connection:
        made = await connection.post("/model-providers", body)
    if as_json:
        print_json(made)
    else:
        print(
            f"{harmless(made['name'])} added with {len(made['models'])} models; default: {made['default_model'] or 'none'}."
        )
    return COMPLETED


async def check_provider(given: Credentials, provider: str, *, as_json: bool) -> int:
    """Test a provider; print the models it lists or what is wrong. Ends with 1 when the test fails."""
    async with connected(given) as connection:
        result = await connection.post(f"/model-providers/{await _id_of(connection, provider)}/test")
    if as_json:
        print_json(result)
    else:
        print(harmless("\n".join(result["models"]) if result["ok"] else result["error"]))
    return COMPLETED if result["ok"] else FAILED


async def _id_of(connection: Connection, provider: str) -> str:
    """Return the id of a provider by its id or name. Raises ``ClientError`` for an unknown one."""
    try:
        return str(uuid.UUID(provider))
    except ValueError:
        found = (await connection.get("/model-providers"))["items"]
    for each in found:
        if each["name"].casefold() == provider.casefold():
            return str(each["id"])
    raise ClientError(f"There is no model provider named {provider!r}. 'retinue providers list' shows them.", USAGE)
