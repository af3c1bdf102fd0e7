"""External agents in the browser: keys are shown once, heartbeats are a strip, recipes are copied; no barriers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


async def _agent(scene: Scene, **fields: Any) -> str:
    body = {"name": "Gauge reader", "runtime": "external", "status": "active", "description": "Reads gauges."}
    made = await scene.cast.anna.http.post("/agents", json=body | fields)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _beats(scene: Scene, agent: str) -> None:
    """Write heartbeats of five hours, with a gap and an error."""
    now = datetime.now(UTC)
    for minutes in range(0, 300, 5):
        if 100 <= minutes < 140:
            continue
        status = "error" if minutes == 200 else "online"
        statement = (
            "INSERT INTO agent_heartbeats (organization_id, agent_id, status, cpu_percent, memory_bytes, received_at)"
            " VALUES (%s, %s, %s, 12.5, 52428800, %s)"
        )
        await scene.owner(statement, scene.cast.acme, agent, status, now - timedelta(minutes=minutes))


async def test_a_key_is_created_shown_once_rotated_and_revoked(olga: Reader, scene: Scene) -> None:
    agent = await _agent(scene)
    page = await olga.open(f"/agents/{agent}")
    section = page.get_by_role("region", name="Connection")
    await expect(section.get_by_text("The agent has no key yet.")).to_be_visible()
    await section.get_by_role("button", name="Create key").click()
    key = await page.get_by_test_id("secret").inner_text()
    await page.get_by_role("button", name="Done").click()
    headers = {"Authorization": f"Bearer {key}"}
    beat = await scene.cast.nobody.post(f"/agents/{agent}/heartbeat", json={}, headers=headers)

    await section.get_by_role("button", name=f"Rotate {key[:12]}").click()
    await expect(page.get_by_test_id("secret")).not_to_have_text(key)
    await page.get_by_role("button", name="Done").click()
    await section.get_by_role("button", name=f"Revoke {key[:12]}").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)  # behind it, the section has no role
    await expect(section.get_by_text(key[:12])).to_have_count(0)
    refused = await scene.cast.nobody.post(f"/agents/{agent}/heartbeat", json={}, headers=headers)

    assert key.startswith("rta_")
    assert (beat.status, refused.status) == (200, 401)


async def test_the_page_of_an_external_agent_shows_its_heartbeats_and_recipes(olga: Reader, scene: Scene) -> None:
    agent = await _agent(scene, webhook_url="https://gauges.example.com/hook")
    await scene.cast.anna.http.post(f"/agents/{agent}/heartbeat", json={"cpu_percent": 12.5})
    await _beats(scene, agent)
    page = await olga.open(f"/agents/{agent}")
    section = page.get_by_role("region", name="Connection")
    await expect(section.get_by_role("img", name="Heartbeats of the last 6 hours")).to_be_visible()
    await expect(section).to_contain_text("CPU 12.5 %")
    await section.get_by_role("tab", name="Claim").click()
    await expect(section.get_by_role("figure", name="Claim")).to_contain_text(f"/api/v1/agents/{agent}/work/claim")
    await section.get_by_role("button", name="Create signing secret").click()
    await expect(page.get_by_test_id("secret")).to_contain_text("whsec_")
    await page.get_by_role("button", name="Done").click()


@looks
async def test_the_page_of_an_external_agent_has_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    agent = await _agent(scene, webhook_url="https://gauges.example.com/hook")
    await scene.cast.anna.http.post(f"/agents/{agent}/heartbeat", json={"cpu_percent": 12.5})
    await scene.cast.anna.http.post(f"/agents/{agent}/keys", json={})
    await _beats(scene, agent)
    page = await reader.open(f"/agents/{agent}")
    section = page.get_by_role("region", name="Connection")
    await expect(section.get_by_text("CPU 12.5 %")).to_be_visible()
    await section.scroll_into_view_if_needed()
    await keep_picture(reader, "external-agent")

    assert await reader.barriers(axe) == []


async def test_the_list_shows_that_an_agent_is_external(olga: Reader, scene: Scene) -> None:
    await _agent(scene)
    page = await olga.open("/agents")

    await expect(page.get_by_text("· external")).to_be_visible()
    await expect(page.get_by_text("offline", exact=False).first).to_be_visible()
