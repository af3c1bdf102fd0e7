"""No barriers before one is in: signing in, the first owner's link, an invitation; by axe."""

import re

from playwright.async_api import expect

from tests.cast import Cast
from tests.identity.conftest import Installation
from tests.web.looks import looks_of_visitor
from tests.web.reader import Reader


@looks_of_visitor
async def test_signing_in_has_no_barriers(visitor: Reader, axe: str) -> None:
    page = await visitor.open("/sign-in")
    await expect(page.get_by_label("E-mail address")).to_be_visible()
    assert await visitor.barriers(axe) == []

    await page.get_by_label("E-mail address").fill("nobody@example.com")
    await page.get_by_label(re.compile("^Password")).fill("not the password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await visitor.barriers(axe) == []


@looks_of_visitor
async def test_the_first_owners_link_has_no_barriers(visitor: Reader, installation: Installation, axe: str) -> None:
    visitor.base_url = installation.http.base_url
    page = await visitor.open(f"/claim?token={installation.issue_claim()}")
    await expect(page.get_by_role("heading", name="Welcome to Retinue")).to_be_visible()
    await expect(page.get_by_label("Your organization")).to_be_visible()
    assert await visitor.barriers(axe) == []

    await visitor.open("/claim?token=made-up")
    await expect(page.get_by_role("heading", name="This link has expired or was already used")).to_be_visible()
    assert await visitor.barriers(axe) == []


@looks_of_visitor
async def test_an_invitation_has_no_barriers(visitor: Reader, cast: Cast, axe: str) -> None:
    invitation = {"email": f"new.{cast.marker}@example.com", "role": "viewer"}
    made = await cast.olga.http.post("/invitations", json=invitation)
    page = await visitor.open(f"/invite?token={made.json['accept_url'].partition('token=')[2]}")
    await expect(page.get_by_role("heading", name=f"Join Acme {cast.marker}")).to_be_visible()
    assert await visitor.barriers(axe) == []

    await visitor.open("/invite?token=made-up")
    await expect(page.get_by_role("heading", name="This invitation has expired or was already used")).to_be_visible()
    assert await visitor.barriers(axe) == []
    visitor.expect_refusals(404, 410, 422)
