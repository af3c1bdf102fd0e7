"""Pages of links: what is wrong with a link, that the server cannot be reached, and that a page which was read stays."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from retinue.core.mail import unsubscribing
from tests.identity.conftest import Installation
from tests.runs.scene import Scene
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


async def _invitation(scene: Scene) -> tuple[str, str]:
    """Create an invitation; return its id and the page of its link."""
    body = {"email": f"new.{scene.cast.marker}@example.com", "role": "viewer"}
    made = await scene.cast.olga.http.post("/invitations", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"]), f"/invite?token={made.json['accept_url'].partition('token=')[2]}"


async def _to_join(scene: Scene) -> str:
    return (await _invitation(scene))[1]


async def _to_unsubscribe(scene: Scene) -> str:
    made = await scene.cast.olga.http.post("/alert-channels", json={"kind": "email", "name": "duty@example.com"})
    channel = str(made.json["channel"]["id"])
    await scene.owner("UPDATE alert_channels SET status = 'active', verified_at = tenant.now() WHERE id = %s", channel)
    link = unsubscribing.link_of(scene.process.resources, "alerts", str(scene.cast.acme), channel)
    return f"/unsubscribe{link.page.partition('/unsubscribe')[2]}"


async def _to_read(scene: Scene) -> str:
    agent, olga = await scene.agent("Wool.", name="Shepherd"), scene.cast.olga.http
    conversation = (await olga.post("/conversations", json={"agent_id": agent})).json["id"]
    await olga.post(f"/conversations/{conversation}/messages", json={"content": "What do sheep give?"})
    made = await olga.post(f"/conversations/{conversation}/shares", json={"audience": "anyone"})
    assert made.status == 201, made.text
    return f"/shared{made.json['url'].partition('/shared')[2]}"


_Read = tuple[Callable[[Scene], Awaitable[str]], str, str, int]
_READ: list[_Read] = [
    (_to_join, "invitations/preview", "Join Acme", 3),
    (_to_unsubscribe, "unsubscribe/alerts/preview", "Unsubscribe?", 1),
    (_to_read, "shared-conversations", "What do sheep give?", 1),
]
"""Makes a link; the call of its page, the heading, and how many times the console sends a call before it gives up."""


async def _come_back(page: Page) -> None:
    """Return to the window after a while, upon which the console reads again what it shows."""
    await page.clock.fast_forward(60_000)
    await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")


async def _lose_the_next_read(page: Page, call: str, attempts: int) -> None:
    """Return to the window while the server cannot be reached, until the console has given up reading again."""
    await page.route(f"**/api/v1/{call}*", _cut_off)
    for attempt in range(attempts):
        async with page.expect_event("requestfailed", lambda request: call in request.url):
            if attempt == 0:
                await _come_back(page)
            else:
                await page.clock.fast_forward(10_000)
    await page.evaluate("new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    await page.unroute(f"**/api/v1/{call}*")


@pytest.mark.parametrize("read", _READ)
async def test_page_of_a_link_stays_while_the_server_cannot_be_reached(visitor: Reader, scene: Scene, read: _Read) -> None:
    link, call, heading, attempts = read
    await visitor.page.clock.install()
    page = await visitor.open(await link(scene))
    shown = page.get_by_role("heading", name=heading)
    await expect(shown).to_be_visible()
    await shown.evaluate("(node) => node.setAttribute('data-seen', '')")

    await _lose_the_next_read(page, call, attempts)

    await expect(page.get_by_role("heading", level=1)).to_have_attribute("data-seen", "")
    visitor.complaints.clear()


async def test_what_was_typed_into_the_first_owners_link_stays_while_the_server_cannot_be_reached(
    visitor: Reader, installation: Installation
) -> None:
    visitor.base_url = installation.http.base_url
    await visitor.page.clock.install()
    page = await visitor.open(f"/claim?token={installation.issue_claim()}")
    await page.get_by_label("Your name").fill("Olga Owner")

    await _lose_the_next_read(page, "auth/claim", 3)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to Retinue")
    await expect(page.get_by_label("Your name")).to_have_value("Olga Owner")
    visitor.complaints.clear()


async def test_page_of_an_invitation_ends_when_the_invitation_is_revoked(visitor: Reader, scene: Scene) -> None:
    invitation, link = await _invitation(scene)
    page = await visitor.open(link)
    await expect(page.get_by_role("heading", name="Join Acme")).to_be_visible()
    revoked = await scene.cast.olga.http.delete(f"/invitations/{invitation}")
    assert revoked.status == 204, revoked.text

    await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")

    await expect(page.get_by_role("heading", name="This invitation has expired or was already used")).to_be_visible()
    visitor.complaints.clear()
