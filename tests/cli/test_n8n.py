"""`retinue n8n`: connect, test, list, publish, link, refresh and unlink."""

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.integrations.n8n.stand_in import KEY, StandIn, standing_in
from tests.runs.scene import Scene


async def _connect(terminal: Terminal, scene: Scene, n8n: StandIn) -> None:
    await terminal("login", terminal.url, "--email", scene.cast.anna.email, given=f"{PASSWORD}\n")
    connection = {"base_url": n8n.url, "api_key": KEY}
    assert (await scene.cast.anna.http.request("PUT", "/n8n/connection", json=connection)).status == 200


async def test_n8n_is_connected_and_disconnected(terminal: Terminal, scene: Scene) -> None:
    await terminal("login", terminal.url, "--email", scene.cast.anna.email, given=f"{PASSWORD}\n")
    async with standing_in() as n8n:
        n8n.add("Orders")
        refused = await terminal("n8n", "connect", n8n.url, "--api-key", "-", given="another\n")
        connected = await terminal("n8n", "connect", n8n.url, "--api-key", "-", given=f"{KEY}\n")
        shown = await terminal("n8n", "show")
        gone = await terminal("n8n", "disconnect")
        missing = await terminal("n8n", "show")

    assert (refused.code, "refuses the API key" in refused.out) == (1, True)
    assert (connected.code, connected.out) == (0, f"Saved: {n8n.url}.\nn8n answers and accepts the key.\n")
    assert n8n.url in shown.out
    assert KEY not in shown.out + connected.out
    assert gone.out == "Disconnected.\n"
    assert "not connected" in missing.err


async def test_workflow_of_n8n_is_published_and_linked(terminal: Terminal, scene: Scene) -> None:
    async with standing_in() as n8n:
        n8n_id = n8n.add("Orders", is_active=False)
        await _connect(terminal, scene, n8n)

        published = await terminal("n8n", "publish", n8n_id)
        linked = await terminal("n8n", "link", n8n_id)
        listed = await terminal("n8n", "workflows")

    assert published.out == "Orders is published in n8n.\n"
    assert linked.out.startswith("Orders carries out the workflow ")
    assert linked.out.removesuffix(".\n").split()[-1] in listed.out


async def test_link_is_refreshed_and_removed(terminal: Terminal, scene: Scene) -> None:
    async with standing_in() as n8n:
        n8n_id = n8n.add("Orders")
        await _connect(terminal, scene, n8n)
        made = await scene.cast.anna.http.post("/n8n/links", json={"n8n_workflow_id": n8n_id})

        links = await terminal("n8n", "links")
        refreshed = await terminal("n8n", "refresh", "Orders")
        kept = await terminal("n8n", "disconnect")
        unlinked = await terminal("n8n", "unlink", "Orders")

    assert made.json["workflow_id"] in links.out
    assert refreshed.out == "Orders: 2 nodes, published.\n"
    assert (kept.code, "1 workflows are linked" in kept.err) == (1, True), kept.err
    assert unlinked.out == "Unlinked.\n"
