"""Tools in the browser: made by hand and of an OpenAPI document, changed, and called for real at a server on loopback."""

import base64
import re

import orjson
import pytest
from playwright.async_api import Locator, Page, expect

from tests.cast import Cast
from tests.runs.scene import Scene
from tests.tools.conftest import Api, api, make_tool
from tests.web.reader import Reader

__all__ = ["api"]


async def _call(page: Page, arguments: str) -> None:
    panel = page.get_by_role("dialog")
    await panel.get_by_role("textbox", name="Arguments").fill(arguments)
    async with page.expect_response(re.compile(r"/tools/[0-9a-f-]+/test$")):
        await panel.get_by_role("button", name="Send test call").click()
    await expect(panel.get_by_role("region", name="Test")).to_contain_text("Succeeded")


async def _pair(dialog: Locator, noun: str, name: str, value: str) -> None:
    await dialog.get_by_role("button", name=f"Add a {noun.lower()}").click()
    await dialog.get_by_label(f"{noun} 1: name").fill(name)
    await dialog.get_by_label(f"{noun} 1: value").fill(value)


async def test_a_tool_made_by_hand_sends_what_was_typed(olga: Reader, cast: Cast, api: Api) -> None:
    page = await olga.open("/tools?new=api")
    dialog = page.get_by_role("dialog", name="New tool")
    await dialog.get_by_label("Name", exact=False).first.fill("list_orders")
    await dialog.get_by_label("Description").fill("Lists the orders of a customer.")
    await dialog.get_by_label("Method").select_option("POST")
    await dialog.get_by_label("Address").fill(f"{api.url}/customers/{{customer}}/orders")
    await _pair(dialog, "Query parameter", "limit", "{limit}")
    await _pair(dialog, "Header", "X-Region", "eu-{region}")
    await dialog.get_by_label("Body", exact=True).fill('{"about": "{customer}"}')
    await dialog.get_by_label("Authentication").select_option(label="API key")
    await dialog.get_by_label("Named").fill("X-Key")
    await dialog.get_by_label("Key", exact=True).fill("k-never-shown-again")
    await dialog.get_by_role("button", name="Create tool").click()

    await expect(page.get_by_role("dialog", name="list_orders")).to_contain_text("stored, encrypted")
    await expect(page).to_have_url(re.compile(r"\?tool=[0-9a-f-]{36}$"))
    await _call(page, '{"customer": "c 7", "limit": "3", "region": "west"}')
    seen = api.seen[-1]
    assert (seen.method, seen.path) == ("POST", "/customers/c%207/orders?limit=3")
    assert (seen.headers["X-Region"], seen.headers["X-Key"]) == ("eu-west", "k-never-shown-again")
    assert orjson.loads(seen.body) == {"about": "c 7"}
    assert "k-never-shown-again" not in await page.content()


async def test_a_curl_command_fills_the_form_and_its_token_is_a_credential(olga: Reader, cast: Cast, api: Api) -> None:
    page = await olga.open("/tools?new=api")
    dialog = page.get_by_role("dialog", name="New tool")
    await dialog.get_by_text("Fill in from a curl command").click()
    await dialog.get_by_label("curl command").fill("wget x")
    await dialog.get_by_role("button", name="Fill in").click()
    await expect(dialog.get_by_text("The command must begin with curl.")).to_be_visible()
    command = f"curl -X DELETE '{api.url}/orders/{{id}}?dry=1' -H 'Authorization: Bearer t-curl' -H 'X-Region: eu'"
    await dialog.get_by_label("curl command").fill(command)
    await dialog.get_by_role("button", name="Fill in").click()
    await expect(dialog.get_by_label("Method")).to_have_value("DELETE")
    await dialog.get_by_role("button", name="Create tool").click()

    await expect(page.get_by_role("dialog", name="delete_orders")).to_contain_text("stored, encrypted")
    await _call(page, '{"id": "7"}')
    seen = api.seen[-1]
    assert (seen.method, seen.path) == ("DELETE", "/orders/7?dry=1")
    assert (seen.headers["Authorization"], seen.headers["X-Region"]) == ("Bearer t-curl", "eu")


async def test_tools_are_grouped_by_their_host_searched_and_narrowed(olga: Reader, cast: Cast) -> None:
    for name, method, host in (
        ("read_orders", "GET", "shop.example"),
        ("drop_order", "DELETE", "shop.example"),
        ("send", "POST", "mail.example"),
    ):
        await make_tool(cast.anna, {"url": f"https://{host}/{name}", "method": method}, name=name)
    page = await olga.open("/tools")
    table = page.get_by_role("table", name="Tools")
    groups = table.get_by_role("rowheader")
    await expect(groups.first).to_have_text("mail.example")
    await expect(groups.nth(1)).to_have_text("shop.example")
    await expect(groups.last).to_have_text("Built in")
    await expect(table.get_by_role("row").filter(has_text="drop_order")).to_contain_text("DELETE")

    await page.get_by_role("searchbox", name="Search tools").fill("order")
    await expect(table.get_by_role("button", name="send", exact=True)).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"q=order"))
    await table.get_by_role("button", name="drop_order").click()
    await expect(page.get_by_role("dialog", name="drop_order")).to_contain_text("Idempotent")
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox", name="Kind").select_option(label="Database")
    await expect(page.get_by_text("No tool matches these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()

    await expect(table.get_by_role("button", name="send", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "way",
    [
        ("Bearer token", {"Token": "t-1"}, "Bearer t-1"),
        (
            "Basic (username and password)",
            {"User name": "olga", "Password": "p-1"},
            f"Basic {base64.b64encode(b'olga:p-1').decode()}",
        ),
    ],
    ids=["bearer", "basic"],
)
async def test_a_tool_is_changed_and_signs_in_another_way(
    olga: Reader, cast: Cast, api: Api, way: tuple[str, dict[str, str], str]
) -> None:
    kind, typed, sent = way
    key = {"type": "api_key", "in": "query", "name": "key", "value": "k-1"}
    configuration = {"url": f"{api.url}/a", "response": {"select": "/path"}, "errors": {"404": "It is gone."}}
    tool = await make_tool(cast.anna, configuration, credentials=key)
    page = await olga.open(f"/tools?tool={tool['id']}")
    await page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit call_api")
    await expect(dialog.get_by_label("Authentication")).to_have_value("kept")
    await dialog.get_by_label("Address").fill(f"{api.url}/b")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await _call(page, "{}")
    assert api.seen[-1].path == "/b?key=k-1"

    await page.get_by_role("button", name="Change", exact=True).click()
    await dialog.get_by_label("Authentication").select_option(label=kind)
    for label, text in typed.items():
        await dialog.get_by_label(label).fill(text)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await _call(page, "{}")
    assert (api.seen[-1].path, api.seen[-1].headers["Authorization"]) == ("/b", sent)
    after = (await cast.vera.http.get(f"/tools/{tool['id']}")).json["configuration"]
    assert (after["response"]["select"], after["errors"]) == ("/path", {"404": "It is gone."})


async def test_a_tool_that_agents_know_keeps_its_name_and_its_effect_follows_its_method(olga: Reader, scene: Scene) -> None:
    await scene.agent("Noted.", tools=("look_up",))
    tools = {each["name"]: each for each in (await scene.cast.vera.http.get("/tools")).json["items"]}
    address = f"/tools/{tools['look_up']['id']}"
    page = await olga.open(f"/tools?tool={tools['look_up']['id']}")
    await page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit look_up")
    await expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    await dialog.get_by_label("Method").select_option("DELETE")
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("dialog", name="look_up")).to_contain_text("Idempotent")
    assert (await scene.cast.vera.http.get(address)).json["effect"] == "idempotent"


async def test_response_handling_is_shown_and_changed(olga: Reader, cast: Cast, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": f"{api.url}/a", "method": "POST"})
    page = await olga.open(f"/tools?tool={tool['id']}")
    await page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit call_api")
    await dialog.get_by_text("Response handling").click()
    await dialog.get_by_label("Extract (JSON pointer)").fill("path")
    await dialog.get_by_label("Maximum characters").fill("120")
    await _pair(dialog, "Status", "404", "There is no such order.")
    await dialog.get_by_label("Idempotency header").fill("X-Call")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Is not a JSON pointer such as")).to_be_visible()
    await dialog.get_by_label("Extract (JSON pointer)").fill("/path")
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog).to_have_count(0)
    after = (await cast.vera.http.get(f"/tools/{tool['id']}")).json["configuration"]
    assert after["response"] == {"select": "/path", "max_chars": 120}
    assert (after["errors"], after["idempotency_header"]) == ({"404": "There is no such order."}, "X-Call")
    await _call(page, "{}")
    await expect(page.get_by_role("region", name="Test")).to_contain_text("/a")
    await expect(page.get_by_role("region", name="Test")).not_to_contain_text("query")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(dialog.get_by_label("Extract (JSON pointer)")).to_have_value("/path")
    olga.expect_refusals(422)


async def test_operations_are_imported_from_another_server_and_under_names_of_their_own(
    olga: Reader, cast: Cast, api: Api, axe: str
) -> None:
    paths = {"/pets": {"get": {"operationId": "listPets", "summary": "List pets"}}}
    document = {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": paths}
    page = await olga.open("/tools?new=openapi")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Or paste the spec").fill(orjson.dumps(document).decode())
    await dialog.get_by_label("Server").fill("nowhere")
    await dialog.get_by_role("button", name="Fetch").click()
    await expect(dialog.get_by_label("Server")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Server").fill(f"{api.url}/v2")
    await dialog.get_by_role("button", name="Fetch").click()
    await dialog.get_by_role("checkbox", name="listPets").check()
    assert await olga.barriers(axe) == []
    await dialog.get_by_label("Name prefix").fill("zoo_")
    await dialog.get_by_role("button", name="Import 1 tool").click()

    await page.get_by_role("table", name="Tools").get_by_role("button", name="zoo_listPets").click()
    await _call(page, "{}")
    assert api.seen[-1].path == "/v2/pets"
    olga.expect_refusals(422)


async def test_what_the_server_refuses_is_told_where_it_was_typed(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/tools")
    await page.get_by_role("button", name="New tool").click()
    await page.get_by_role("menuitem", name="HTTP API").click()
    dialog = page.get_by_role("dialog", name="New tool")
    await dialog.get_by_label("Name", exact=False).first.fill("look_up")
    await dialog.get_by_label("Address").fill("https://api.example.com/")
    await _pair(dialog, "Header", "Cookie", "a=b")
    await dialog.get_by_label("Authentication").select_option(label="Bearer token")
    await dialog.get_by_role("button", name="Create tool").click()

    await expect(dialog.get_by_label("Header 1: name")).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_text("what signs in belongs in credentials")).to_be_visible()

    await dialog.get_by_role("button", name="Remove header 1").click()
    await dialog.get_by_role("button", name="Create tool").click()
    await expect(dialog.get_by_label("Token")).to_have_attribute("aria-invalid", "true")
    assert "look_up" not in {each["name"] for each in (await cast.vera.http.get("/tools")).json["items"]}
    olga.expect_refusals(422)


async def test_operations_of_a_served_document_become_tools_that_sign_in(olga: Reader, cast: Cast, api: Api) -> None:
    paths = {
        "/pets": {"get": {"operationId": "listPets", "summary": "List pets"}},
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "showPet", "summary": "Show a pet"},
        },
    }
    document = {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "servers": [{"url": api.url}], "paths": paths}
    schemes = {"login": {"type": "http", "scheme": "bearer"}}
    api.body = orjson.dumps(document | {"components": {"securitySchemes": schemes}})
    page = await olga.open("/tools")
    await page.get_by_role("button", name="Import OpenAPI").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Spec URL").fill(f"{api.url}/openapi.json")
    await dialog.get_by_role("button", name="Fetch").click()
    await expect(dialog.get_by_role("checkbox")).to_have_count(2)
    await dialog.get_by_role("checkbox", name="showPet").check()
    await expect(dialog.get_by_label("Authentication")).to_have_value("bearer")
    await dialog.get_by_label("Token").fill("t-pets")
    await dialog.get_by_role("button", name="Import 1 tool").click()

    await expect(page.get_by_text("1 tool imported")).to_be_visible()
    table = page.get_by_role("table", name="Tools")
    await expect(table.get_by_role("button", name="listPets")).to_have_count(0)
    await table.get_by_role("button", name="showPet").click()
    api.body = None
    await _call(page, '{"id": 7}')
    assert (api.seen[-1].path, api.seen[-1].headers["Authorization"]) == ("/pets/7", "Bearer t-pets")
