"""What the commands of web search do: show, choose, test and remove the provider."""

from typing import Any

from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED
from retinue.cli.client.output import harmless, print_json

_PATH = "/web-search"


async def show(given: Credentials, *, as_json: bool) -> int:
    """Print the provider."""
    async with connected(given) as connection:
        _print(await connection.get(_PATH), as_json=as_json)
    return COMPLETED


async def put(given: Credentials, body: dict[str, Any], *, as_json: bool) -> int:
    """Choose the provider."""
    async with connected(given) as connection:
        _print(await connection.put(_PATH, body), as_json=as_json)
    return COMPLETED


async def check(given: Credentials, *, as_json: bool) -> int:
    """Search once; print how many results came, or what is wrong."""
    async with connected(given) as connection:
        result = await connection.post(f"{_PATH}/test")
    if as_json:
        print_json(result)
    else:
        print(harmless(f"{result['result_count']} results." if result["ok"] else result["error"]))
    return COMPLETED if result["ok"] else FAILED


async def remove(given: Credentials) -> int:
    """Remove the organization's provider."""
    async with connected(given) as connection:
        await connection.delete(_PATH)
    print("Removed.")
    return COMPLETED


def _print(settings: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(settings)
    elif settings["provider"] is None:
        print("No web search provider is set. Choose one: retinue web-search set.")
    else:
        key = "with an API key" if settings["has_api_key"] else "without an API key"
        place = f" at {settings['url']}" if settings["url"] else ""
        print(harmless(f"{settings['provider']}{place}, {key} (set for the {settings['source']})."))
