"""No barriers on the first page and in the settings, by axe: as they stand, and with their dialogs open."""

import re

import psycopg
import pytest
from playwright.async_api import expect

from tests.cast import Cast
from tests.conftest import Postgres
from tests.runs.scene import Scene
from tests.web.looks import looks
from tests.web.reader import Reader


@looks
async def test_the_first_page_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    page = await reader.open("/")
    await expect(page.get_by_text("No runs yet.")).to_be_visible()
    assert await reader.barriers(axe) == []

    failed = await played.started(await played.agent({"error": "The model is out of order."}))
    await played.until(failed)
    asking = await played.agent({"tool_calls": [{"name": "send", "arguments": {"text": "hello"}}]}, tools=("send:approval",))
    await played.until(await played.started(asking), "waiting")
    await page.reload()
    await expect(page.get_by_role("link", name="Decide")).to_be_visible()
    await expect(
        page.get_by_role("region", name="Recent runs").get_by_role("link", name=re.compile("Failed"))
    ).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_general_settings_have_no_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/settings")
    await expect(page.get_by_label("URL slug")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_members_and_invitations_have_no_barriers(reader: Reader, cast: Cast, axe: str) -> None:
    await cast.olga.http.post("/invitations", json={"email": f"new.{cast.marker}@example.com", "role": "viewer"})
    page = await reader.open("/settings/members")
    await expect(page.get_by_role("table", name="Members").get_by_text(cast.anna.email)).to_be_visible()
    await expect(page.get_by_role("table", name="Open invitations")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="Invite", exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_api_keys_have_no_barriers(reader: Reader, cast: Cast, axe: str) -> None:
    page = await reader.open("/settings/api-keys")
    await expect(page.get_by_text("No keys yet")).to_be_visible()
    assert await reader.barriers(axe) == []

    for name in ("good", "revoked"):
        made = await cast.olga.http.post("/api-keys", json={"name": name, "scopes": ["agents:read", "runs:write"]})
    await cast.olga.http.delete(f"/api-keys/{made.json['id']}")
    await page.reload()
    await expect(page.get_by_role("table", name="API keys")).to_contain_text("Revoked")
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="New key").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_model_providers_have_no_barriers(reader: Reader, cast: Cast, axe: str) -> None:
    provider = {"name": "Nobody there", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "models": ["m"]}
    provider = {**provider, "save_untested": True}
    assert (await cast.olga.http.post("/model-providers", json=provider)).status == 201
    page = await reader.open("/settings/models")
    await page.get_by_role("button", name="Test Nobody there").click()
    await expect(page.get_by_role("listitem").filter(has_text="Nobody there").get_by_role("alert")).to_be_visible()
    await expect(page.get_by_role("table", name="Models")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_audit_log_has_no_barriers(reader: Reader, cast: Cast, axe: str) -> None:
    await cast.olga.http.post("/api-keys", json={"name": "a key", "scopes": ["agents:read"]})
    page = await reader.open("/settings/audit?action=api_key.created")
    await page.get_by_role("button", name="api_key.created").click()
    await expect(page.get_by_role("region", name="What changed")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await reader.barriers(axe) == []


@looks
async def test_accounts_have_no_barriers(reader: Reader, cast: Cast, postgres: Postgres, axe: str) -> None:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET is_superuser = true WHERE id = %s", (cast.olga.user_id,))
        page = await reader.open(f"/settings/accounts?q={cast.vera.email}")
        row = page.get_by_role("table", name="Accounts").get_by_role("row").filter(has_text=cast.vera.email)
        await expect(row).to_be_visible()
        found = await reader.barriers(axe)
        await row.get_by_role("button", name=re.compile("Delete the account of Vera")).click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        found += await reader.barriers(axe)
        owner.execute("UPDATE users SET is_superuser = false WHERE id = %s", (cast.olga.user_id,))
    assert found == []


@looks
async def test_ones_own_account_has_no_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/settings/account")
    await expect(page.get_by_role("table", name="Sessions")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="Sign out everywhere").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
@pytest.mark.parametrize("view", ["mine", "pending"])
async def test_approvals_without_any_have_no_barriers(reader: Reader, view: str, axe: str) -> None:
    page = await reader.open(f"/approvals?view={view}")
    await expect(page.get_by_text("You're all caught up")).to_be_visible()
    assert await reader.barriers(axe) == []
