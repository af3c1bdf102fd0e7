"""Views of the lists in which people filter: saved under a name, and chosen again."""

import re

import pytest
from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_LISTS = [
    *("/agents?status=paused", "/teams?type=collaborate", "/workflows?status=paused", "/tools?kind=api"),
    *("/schedules?enabled=false", "/alerts?severity=critical&tab=history", "/notifications?type=alert&tab=all"),
    *("/deployments?status=failed&range=7d", "/usage?by=user&range=7d", "/agent-metrics?metric=cost&range=7d"),
    "/settings/audit?action=agent.created&range=7d",
]


@pytest.mark.parametrize("address", _LISTS)
async def test_a_view_of_a_list_is_saved_and_chosen_again(olga: Reader, scene: Scene, address: str) -> None:
    path, _, filters = address.partition("?")
    page = await olga.open(address)
    await page.get_by_role("button", name="Views", exact=True).click()
    await page.get_by_role("menuitem", name="Save this view…").click()
    await page.get_by_label("Name").fill("Mine")
    await page.get_by_role("button", name="Save view").click()
    await expect(page.get_by_role("button", name="Mine")).to_be_visible()

    await olga.open(path)
    await page.get_by_role("button", name="Views", exact=True).click()
    await page.get_by_role("menuitemcheckbox", name="Mine").click()

    for part in filters.split("&"):
        await expect(page).to_have_url(re.compile(re.escape(part)))
    await expect(page.get_by_role("button", name="Mine")).to_be_visible()


async def test_views_of_one_list_are_not_those_of_another_and_what_is_open_is_no_part_of_them(
    olga: Reader, scene: Scene
) -> None:
    page = await olga.open("/tools?kind=api&new=database")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Views", exact=True).click()
    await page.get_by_role("menuitem", name="Save this view…").click()
    await page.get_by_label("Name").fill("HTTP tools")
    await page.get_by_role("button", name="Save view").click()

    await olga.open("/teams")
    await page.get_by_role("button", name="Views", exact=True).click()
    await expect(page.get_by_role("menuitem", name="Save this view…")).to_be_visible()
    await expect(page.get_by_role("menuitemcheckbox")).to_have_count(0)
    await olga.open("/tools")
    await page.get_by_role("button", name="Views", exact=True).click()
    await page.get_by_role("menuitemcheckbox", name="HTTP tools").click()
    await expect(page).to_have_url(re.compile("kind=api"))
    await expect(page.get_by_role("dialog")).to_have_count(0)


@looks
@pytest.mark.parametrize("name", ["agents", "tools", "alerts", "usage", "agent-metrics", "settings/audit", "schedules"])
async def test_lists_with_views_have_no_barriers(reader: Reader, scene: Scene, axe: str, name: str) -> None:
    page = await reader.open(f"/{name}")
    await page.get_by_role("button", name="Views", exact=True).click()
    await expect(page.get_by_role("menuitem", name="Save this view…")).to_be_visible()
    await keep_picture(reader, f"views-{name.replace('/', '-')}")
    await page.keyboard.press("Escape")
    assert await reader.barriers(axe) == []
