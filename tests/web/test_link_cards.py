"""Pages of links that cannot be followed: what is wrong with the link, or that the server cannot be reached."""

import pytest
from playwright.async_api import Route, expect

from tests.web.reader import Reader

_PAGES = [
    ("/shared#unknown", "shared-conversations", "This link shows nothing"),
    ("/reset-password?token=unknown", "auth/password-reset", "This link has expired or was already used"),
    ("/invite?token=unknown", "invitations/preview", "This invitation has expired or was already used"),
    ("/unsubscribe/alerts#unknown", "unsubscribe/alerts/preview", "This link is not valid"),
    ("/unsubscribe/notifications#unknown", "unsubscribe/notifications/preview", "This link is not valid"),
]


async def _cut_off(route: Route) -> None:
    await route.abort()


@pytest.mark.parametrize(("path", "call", "heading"), _PAGES)
async def test_link_is_not_blamed_while_the_server_cannot_be_reached(
    visitor: Reader, path: str, call: str, heading: str
) -> None:
    await visitor.page.route(f"**/api/v1/{call}*", _cut_off)
    page = await visitor.open(path)
    await expect(page.get_by_role("heading", name="This page cannot be loaded")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    await page.unroute(f"**/api/v1/{call}*")

    await page.get_by_role("button", name="Try again").click()

    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    visitor.complaints.clear()


@pytest.mark.parametrize("path", ["/shared", "/unsubscribe/alerts"])
async def test_link_of_which_a_part_is_missing_is_called_incomplete(visitor: Reader, path: str) -> None:
    page = await visitor.open(path)

    await expect(page.get_by_role("alert")).to_have_text(
        "The link is incomplete. Copy the whole link from the message, and open it again."
    )
    visitor.complaints.clear()
