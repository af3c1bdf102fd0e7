"""The ways in and out, in the browser: signing in, the first owner's link, an invitation, signing out everywhere."""

import re

from playwright.async_api import Browser, Page, Route, expect

from tests.cast import PASSWORD, Cast
from tests.identity.conftest import Installation
from tests.web.reader import Reader


async def _sign_in(page: Page, email: str, password: str) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label(re.compile("^Password")).fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_wrong_password_is_told_and_the_right_one_leads_where_one_wanted_to_go(visitor: Reader, cast: Cast) -> None:
    page = await visitor.open("/settings/members")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next="))

    await _sign_in(page, cast.olga.email, "not her password")
    await expect(page.get_by_text("The e-mail address or the password is wrong")).to_be_visible()
    await expect(page.get_by_label("E-mail address")).to_have_value(cast.olga.email)
    await _sign_in(page, cast.olga.email, PASSWORD)

    await expect(page).to_have_url(re.compile(r"/settings/members$"))
    await expect(page.get_by_role("table", name="Members").get_by_text(cast.vera.email)).to_be_visible()


async def test_an_address_elsewhere_is_not_followed_after_signing_in(visitor: Reader, cast: Cast) -> None:
    page = await visitor.open("/sign-in?next=//elsewhere.example.com/")

    await _sign_in(page, cast.olga.email, PASSWORD)

    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    assert page.url == f"{visitor.base_url}/"


async def test_the_password_can_be_looked_at_while_it_is_typed(visitor: Reader) -> None:
    page = await visitor.open("/sign-in")
    field = page.get_by_label(re.compile("^Password"))
    await field.fill("what I type")
    await expect(field).to_have_attribute("type", "password")

    await page.get_by_role("button", name="Show the password").click()

    await expect(field).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Hide the password").click()
    await expect(field).to_have_attribute("type", "password")


async def test_the_first_owner_claims_an_installation_by_its_link(visitor: Reader, installation: Installation) -> None:
    visitor.base_url = installation.http.base_url
    link = f"/claim?token={installation.issue_claim()}"
    page = await visitor.open(link)
    await page.get_by_label("Your name").fill("Olga Owner")
    await page.get_by_label("E-mail address").fill("olga@example.com")
    await page.get_by_label("Your organization").fill("Acme Works")
    await page.get_by_label(re.compile("^Password")).fill("short")
    await page.get_by_role("button", name="Create organization").click()
    password = page.get_by_label(re.compile("^Password"))
    await expect(password).to_have_attribute("aria-invalid", "true")

    await password.fill(PASSWORD)
    await page.get_by_role("button", name="Create organization").click()

    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await expect(page.get_by_role("button", name="Organization: Acme Works")).to_be_visible()
    await expect(page.get_by_role("button", name="You: Olga Owner")).to_be_visible()
    await visitor.open(link)
    await expect(page.get_by_role("heading", name="This link has expired or was already used")).to_be_visible()
    visitor.expect_refusals(422)


async def test_one_who_is_invited_joins_in_another_browser(olga: Reader, visitor: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/members")
    await page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail address").fill(f"iris.{cast.marker}@example.com")
    await dialog.get_by_label("Role").select_option(label="Viewer")
    await dialog.get_by_role("button", name="Create invitation").click()
    link = await dialog.get_by_test_id("secret").inner_text()
    await dialog.get_by_role("button", name="Done").click()
    waiting = page.get_by_role("table", name="Open invitations")
    await expect(waiting.get_by_role("row", name=re.compile("iris"))).to_contain_text("Viewer")

    theirs = await visitor.open(link[link.index("/invite") :])
    await expect(theirs.get_by_text("You were invited as a viewer")).to_be_visible()
    await theirs.get_by_label("Your name").fill("Iris New")
    await theirs.get_by_label(re.compile("^Password")).fill(PASSWORD)
    await theirs.get_by_role("button", name="Join").click()

    await expect(theirs.get_by_role("button", name=f"Organization: Acme {cast.marker}")).to_be_visible()
    await expect(theirs.get_by_role("button", name="You: Iris New")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("table", name="Members").get_by_text("Iris New")).to_be_visible()
    await expect(waiting).to_have_count(0)


async def test_one_who_has_an_account_signs_in_and_joins(visitor: Reader, cast: Cast) -> None:
    made = await cast.otto.http.post("/invitations", json={"email": cast.vera.email, "role": "agent_manager"})
    address = made.json["accept_url"]
    page = await visitor.open(address[address.index("/invite") :])
    await expect(page.get_by_text("This address has an account.")).to_be_visible()
    await page.get_by_role("link", name="Sign in").click()
    await _sign_in(page, cast.vera.email, PASSWORD)

    await page.get_by_role("button", name="Join").click()

    await expect(page.get_by_role("button", name=re.compile("Organization: Globex"))).to_be_visible()


async def test_a_revoked_invitation_is_no_longer_valid(olga: Reader, visitor: Reader, cast: Cast) -> None:
    made = await cast.olga.http.post("/invitations", json={"email": f"ivan.{cast.marker}@example.com", "role": "viewer"})
    page = await olga.open("/settings/members")
    button = page.get_by_role("button", name=re.compile("Revoke the invitation of ivan"))
    await expect(button).to_be_visible()

    async def answered_late(route: Route) -> None:
        """Tell the members only when the invitation is gone from the page, and with it what asked to take it back."""
        await expect(button).to_have_count(0)
        await route.continue_()

    await page.route("**/api/v1/members*", answered_late)
    await button.click()
    await expect(page.get_by_text("Invitation revoked.")).to_be_visible()

    address = made.json["accept_url"]
    theirs = await visitor.open(address[address.index("/invite") :])
    await expect(theirs.get_by_role("heading", name="This invitation has expired or was already used")).to_be_visible()
    visitor.expect_refusals(404, 410, 422)


async def test_signing_out_everywhere_ends_every_browser(
    olga: Reader, chromium: Browser, readers: list[Reader], cast: Cast
) -> None:
    other = await Reader.sit_down(chromium, cast.olga, readers)
    elsewhere = await other.open("/agents")
    await expect(elsewhere.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    page = await olga.open("/settings/account")
    await expect(page.get_by_role("table", name="Sessions").get_by_text("this session")).to_have_count(1)

    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Sign out everywhere").click()

    await expect(page).to_have_url(re.compile(r"/sign-in$"))
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    olga.expect_refusals(401)
    other.expect_refusals(401)


async def test_one_browser_of_several_is_signed_out(
    olga: Reader, chromium: Browser, readers: list[Reader], cast: Cast
) -> None:
    other = await Reader.sit_down(chromium, cast.olga, readers)
    page = await olga.open("/settings/account")
    sessions = page.get_by_role("table", name="Sessions")
    rows = sessions.get_by_role("row").filter(has=page.get_by_role("button", name=re.compile("^Sign out")))
    await expect(rows).to_have_count(1)

    await rows.get_by_role("button").click()

    await expect(rows).to_have_count(0)
    elsewhere = await other.open("/agents")
    await expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    other.expect_refusals(401)


async def test_a_new_password_is_the_one_that_holds(olga: Reader, visitor: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/account")
    await page.get_by_label("Current password").fill("not her password")
    await page.get_by_label("New password").fill("another horse another battery")
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_text("Password changed.")).to_be_visible()
    olga.expect_refusals(401, 422)

    theirs = await visitor.open("/sign-in")
    await _sign_in(theirs, cast.olga.email, PASSWORD)
    await expect(theirs.get_by_role("alert")).to_be_visible()
    await _sign_in(theirs, cast.olga.email, "another horse another battery")

    await expect(theirs.get_by_role("heading", name="Home", level=1)).to_be_visible()
