"""The settings in the browser: what an owner does there, told in the page and true in the API."""

import json
import re

from aiohttp import web
from playwright.async_api import Locator, Page, expect

from tests.cast import Cast
from tests.client import Client
from tests.llm import openai_server
from tests.web.reader import Reader


async def _answered(request: web.Request, _body: object) -> web.StreamResponse:
    pieces = (openai_server.event({"content": "Yes."}), openai_server.event({}, "stop"), openai_server.usage(3, 1))
    return await openai_server.stream(request, *pieces)


async def test_a_key_is_shown_once_works_and_is_revoked(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/api-keys")
    await expect(page.get_by_text("No keys yet")).to_be_visible()
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("nightly report")
    await dialog.get_by_label("Expires").select_option(label="30 days")
    await dialog.get_by_role("button", name="Create key").click()
    key = await dialog.get_by_test_id("secret").inner_text()
    await dialog.get_by_role("button", name="Done").click()
    program = Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {key}"})
    assert (await program.get("/agents")).status == 200
    assert key not in await page.content()

    row = page.get_by_role("table", name="API keys").get_by_role("row", name=re.compile("nightly report"))
    await expect(row).to_contain_text("expires")
    await row.get_by_role("button", name="Revoke nightly report").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()

    await expect(row).to_contain_text("Revoked")
    await expect(row.get_by_role("button")).to_have_count(0)
    assert (await program.get("/agents")).status == 401


async def test_a_key_begins_with_a_preset_and_shows_a_request_to_try_it(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/api-keys")
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Run agents")).to_have_attribute("aria-pressed", "true")
    await dialog.get_by_role("button", name="Read only").click()
    await dialog.get_by_label("Name").fill("reader")
    await dialog.get_by_role("button", name="Create key").click()
    key = await dialog.get_by_test_id("secret").inner_text()
    await expect(dialog.get_by_text(f"Authorization: Bearer {key}")).to_be_visible()

    scopes = (await cast.olga.http.get("/api-keys")).json["items"][0]["scopes"]
    assert "runs:read" in scopes
    assert [scope for scope in scopes if not scope.endswith(":read")] == []


async def _fill(page: Page, url: str) -> Locator:
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Kind").select_option(label="OpenAI-compatible")
    await dialog.get_by_label("Name").fill("Own machines")
    await dialog.get_by_label("Base URL").fill(url)
    await dialog.get_by_label("API key").fill("sk-never-shown-again")
    await dialog.get_by_role("button", name="Add and test").click()
    return dialog


async def test_a_provider_is_added_with_chosen_models_made_the_default_and_deleted(olga: Reader, cast: Cast) -> None:
    async with openai_server.serving(_answered) as server:
        server.models = ["alpha", "beta", "gamma"]
        first = {"name": "Elsewhere", "kind": "openai_compatible", "base_url": server.url}
        assert (await cast.olga.http.post("/model-providers", json=first)).json["is_default"] is True
        page = await olga.open("/settings/models")
        dialog = await _fill(page, server.url)
        await expect(dialog.get_by_text("lists 3 models")).to_be_visible()
        await dialog.get_by_role("checkbox", name="gamma").uncheck()
        await dialog.get_by_role("radio", name="beta is the default").check()
        await dialog.get_by_role("button", name="Add provider with 2 models").click()

        provider = page.get_by_role("listitem").filter(has_text="Own machines")
        await expect(provider.get_by_text("Test passed")).to_be_visible()
        stored = {each["name"]: each for each in (await cast.olga.http.get("/model-providers")).json["items"]}
        assert (stored["Own machines"]["models"], stored["Own machines"]["default_model"]) == (["alpha", "beta"], "beta")
        assert "sk-never-shown-again" not in await page.content()
        await page.get_by_role("button", name="More for Own machines").click()
        await page.get_by_role("menuitem", name="Set as default").click()
        await expect(provider.get_by_text("Default", exact=True)).to_be_visible()
        models = page.get_by_role("table", name="Models")
        await expect(models.get_by_role("row", name=re.compile("beta.*Own machines"))).to_contain_text("unknown")

    await page.get_by_role("button", name="Test Own machines").click()
    await expect(provider.get_by_role("alert")).to_contain_text("the connection was refused")
    await page.reload()
    await expect(provider.get_by_text("Test failed")).to_be_visible()
    await expect(provider.get_by_role("alert")).to_contain_text("the connection was refused")
    await page.get_by_role("button", name="More for Own machines").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    await expect(page.get_by_role("alertdialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="More for Own machines")).to_have_count(0)
    left = (await cast.olga.http.get("/model-providers")).json["items"]
    assert "Own machines" not in {each["name"] for each in left}


async def test_a_provider_that_fails_its_test_is_saved_only_without_testing(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/models")
    dialog = await _fill(page, "http://127.0.0.1:9/v1")
    await expect(dialog.get_by_label("Base URL")).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_text("No connection to 127.0.0.1, port 9: the connection was refused.")).to_be_visible()
    assert (await cast.olga.http.get("/model-providers")).json["items"] == []

    await dialog.get_by_role("button", name="Save without testing").click()

    provider = page.get_by_role("listitem").filter(has_text="Own machines")
    await expect(provider.get_by_text("Not tested")).to_be_visible()
    await expect(provider.get_by_text("Default", exact=True)).to_have_count(0)


async def test_prices_of_a_model_are_set_and_cleared(olga: Reader, cast: Cast) -> None:
    body = {"name": "Own machines", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "models": ["m-1"]}
    await cast.olga.http.post("/model-providers", json={**body, "save_untested": True})
    page = await olga.open("/settings/models")
    row = page.get_by_role("table", name="Models").get_by_role("row", name=re.compile("m-1"))
    await row.get_by_role("button", name="Edit prices of m-1").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Input", exact=True).fill("0.075")
    await dialog.get_by_label("Output", exact=True).fill("1.5")
    await dialog.get_by_label("Context length").fill("32768")
    await dialog.get_by_role("button", name="Save prices").click()

    await expect(row).to_contain_text("Custom")
    await expect(row).to_contain_text("$0.075")
    await expect(row).to_contain_text("$1.500")
    await row.get_by_role("button", name="Edit prices of m-1").click()
    await dialog.get_by_role("button", name="Clear").click()
    await dialog.get_by_role("button", name="Save prices").click()
    await expect(row.get_by_text("Custom")).to_have_count(0)


async def test_a_provider_without_its_address_is_told_at_the_field(olga: Reader) -> None:
    page = await olga.open("/settings/models")
    await page.get_by_role("button", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Kind").select_option(label="OpenAI-compatible")
    await dialog.get_by_role("button", name="Add and test").click()

    await expect(dialog.get_by_label("Base URL")).to_have_attribute("aria-invalid", "true")
    await expect(dialog).to_be_visible()
    olga.expect_refusals(422)


async def test_the_organization_is_renamed_and_a_taken_slug_refused(olga: Reader, cast: Cast) -> None:
    taken = (await cast.otto.http.get("/organizations/current")).json["slug"]
    page = await olga.open("/settings")
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()
    await page.get_by_label("URL slug").fill(taken)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("URL slug")).to_have_attribute("aria-invalid", "true")
    olga.expect_refusals(409, 422)

    await page.get_by_label("URL slug").fill(f"works-{cast.marker}")
    await page.get_by_label("Name", exact=True).fill(f"Works {cast.marker}")
    await page.get_by_label("Maximum concurrent runs").fill("7")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(page.get_by_role("button", name=f"Organization: Works {cast.marker}")).to_be_visible()
    now = (await cast.olga.http.get("/organizations/current")).json
    assert (now["name"], now["max_concurrent_runs"]) == (f"Works {cast.marker}", 7)


async def test_members_change_their_role_and_leave(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/members")
    await page.get_by_label(f"Role of Vera {cast.marker}").filter(visible=True).select_option(label="Agent manager")
    await expect(page.get_by_text("is now agent manager.")).to_be_visible()
    vera = page.get_by_role("row", name=re.compile("Vera"))
    await vera.get_by_role("button", name="Remove").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()

    await expect(vera).to_have_count(0)
    assert (await cast.vera.http.get("/agents", headers={"X-Retinue-Organization": str(cast.acme)})).status in {403, 404}


async def test_the_last_owner_sees_why_they_cannot_leave(olga: Reader) -> None:
    page = await olga.open("/settings/members")
    await page.get_by_role("button", name="Leave").click()
    dialog = page.get_by_role("alertdialog")

    await dialog.get_by_role("button", name="Leave").click()

    await expect(dialog.get_by_text(re.compile("owner"))).to_be_visible()
    olga.expect_refusals(409)


async def test_the_audit_log_is_narrowed_to_an_action_and_a_record(olga: Reader, cast: Cast) -> None:
    for name in ("first", "second"):
        assert (await cast.olga.http.post("/api-keys", json={"name": name, "scopes": ["agents:read"]})).status == 201
    page = await olga.open("/settings/audit")
    await page.get_by_label("Action, such as agent.updated").fill("api_key.created")
    await page.keyboard.press("Enter")
    entries = page.get_by_role("table", name="Audit log").get_by_role("button", name="api_key.created")
    await expect(entries).to_have_count(2)
    await expect(page).to_have_url(re.compile("action=api_key.created"))

    await entries.first.click()
    panel = page.get_by_role("dialog")
    await expect(panel.get_by_role("region", name="What changed")).to_contain_text("second")
    await panel.get_by_role("button", name="All of this record").click()
    await expect(entries).to_have_count(1)
    await page.reload()
    await expect(entries).to_have_count(1)

    await page.get_by_label("Action, such as agent.updated").fill("never.done")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No entries match these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(entries).to_have_count(2)


async def test_the_audit_log_is_narrowed_to_a_person_a_time_and_a_kind_and_exported(olga: Reader, cast: Cast) -> None:
    assert (await cast.anna.http.post("/agents", json={"name": "Scribe"})).status == 201
    assert (await cast.olga.http.post("/agents", json={"name": "Clerk"})).status == 201
    page = await olga.open("/settings/audit")
    rows = page.get_by_role("table", name="Audit log").get_by_role("button")
    await page.get_by_label("Record", exact=True).select_option("agent")
    await expect(page).to_have_url(re.compile(r"action=agent"))
    await page.get_by_label("Who", exact=True).select_option(str(cast.anna.user_id))
    await page.get_by_label("Time", exact=True).select_option("1h")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile("range=1h"))

    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export JSON lines").click()

    lines = (await (await started.value).path()).read_text("utf-8").splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["agent.created"]


async def test_ones_own_name_is_changed_everywhere_at_once(olga: Reader) -> None:
    page = await olga.open("/settings/account")
    await page.get_by_label(re.compile("^Name")).fill("Olga the Great")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(page.get_by_role("button", name="You: Olga the Great")).to_be_visible()
