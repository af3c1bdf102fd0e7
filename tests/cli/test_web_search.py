"""`retinue web-search`: choose, test, show and remove the provider."""

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene
from tests.tools.search_servers import KEY, SearchServer, search_server

__all__ = ["search_server"]


async def test_provider_is_chosen_tested_and_removed(terminal: Terminal, scene: Scene, search_server: SearchServer) -> None:
    await terminal("login", terminal.url, "--email", scene.cast.adam.email, given=f"{PASSWORD}\n")
    url = f"{search_server.url}/search"

    refused = await terminal("web-search", "set", "tavily")
    chosen = await terminal("web-search", "set", "tavily", "--url", url, "--api-key", "-", given=f"{KEY}\n")
    tested = await terminal("web-search", "test")
    search_server.status = 429
    limited = await terminal("web-search", "test")
    removed = await terminal("web-search", "remove")
    shown = await terminal("web-search", "show")

    assert refused.code == 2
    assert "api_key" in refused.err
    assert chosen.out == f"tavily at {url}, with an API key (set for the organization).\n"
    assert (tested.code, tested.out) == (0, "3 results.\n")
    assert (limited.code, "limit" in limited.out) == (1, True)
    assert removed.code == 0
    assert "No web search provider is set." in shown.out
    assert KEY not in chosen.out + chosen.err
