"""What is around every page, in the browser: organizations, the palette, the theme, where one is, and what went wrong."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from retinue.engine.ports import ToolResult
from tests.cast import Cast
from tests.runs.scene import Scene
from tests.web.reader import PHONE, Reader

BROKEN = {
    "type": "about:blank",
    "title": "Out of order",
    "status": 500,
    "code": "internal",
    "detail": "The shelf fell down.",
    "request_id": "req-4711",
}


def _crumbs(page: Page):  # noqa: ANN202 - a locator
    return page.get_by_role("navigation", name="Breadcrumb").get_by_role("listitem")


async def test_another_organization_is_entered_and_kept_over_a_reload(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/members")
    await page.get_by_role("button", name=f"Organization: Acme {cast.marker}").click()
    await page.get_by_role("menuitem", name="New organization").click()
    await page.get_by_role("dialog").get_by_label("Name").fill(f"Second {cast.marker}")
    await page.get_by_role("dialog").get_by_role("button", name="Create").click()
    second = page.get_by_role("button", name=f"Organization: Second {cast.marker}")
    await expect(second).to_be_visible()
    await page.get_by_role("link", name="Settings", exact=True).click()
    await page.get_by_role("link", name="Members").click()
    members = page.get_by_role("table", name="Members").get_by_role("row")
    await expect(members).to_have_count(2)
    await page.reload()
    await expect(members).to_have_count(2)

    await second.click()
    await page.get_by_role("menuitemcheckbox", name=f"Acme {cast.marker}").click()

    await expect(page.get_by_role("button", name=f"Organization: Acme {cast.marker}")).to_be_visible()
    await page.get_by_role("link", name="Settings", exact=True).click()
    await page.get_by_role("link", name="Members").click()
    await expect(members).to_have_count(5)


async def test_two_windows_work_in_two_organizations(olga: Reader, cast: Cast) -> None:
    made = (await cast.olga.http.post("/organizations", json={"name": f"Second {cast.marker}"})).json
    page = await olga.open("/")
    other = await olga.new_window("/")
    await other.get_by_role("button", name=f"Organization: Acme {cast.marker}").click()
    await other.get_by_role("menuitemcheckbox", name=made["name"]).click()
    await expect(other.get_by_role("button", name=f"Organization: {made['name']}")).to_be_visible()

    await page.reload()

    await expect(page.get_by_role("button", name=f"Organization: Acme {cast.marker}")).to_be_visible()


async def test_the_palette_leads_anywhere_by_keyboard(olga: Reader, scene: Scene) -> None:
    agent = await scene.agent("Yes.", name="Tide watcher")
    page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search and commands")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("tide wat")
    await expect(palette.get_by_role("option", selected=True)).to_contain_text("Tide watcher")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(rf"/agents/{agent}"))

    await page.keyboard.press("Control+k")
    await page.keyboard.type("go to runs")
    await expect(palette.get_by_role("option", selected=True)).to_contain_text("Runs")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()

    run = await scene.started(agent)
    await page.keyboard.press("Control+k")
    await page.keyboard.insert_text(f"see {run} please")
    await palette.get_by_role("option", name=re.compile("Open the run")).click()
    await expect(page).to_have_url(re.compile(f"/runs/{run}"))
    olga.expect_refusals(404)

    await page.keyboard.press("Control+k")
    await page.keyboard.press("Escape")
    await expect(palette).to_have_count(0)


async def test_the_palette_finds_every_page_and_every_kind_of_object(olga: Reader, scene: Scene) -> None:
    http = scene.cast.olga.http
    agent = await scene.agent("Yes.", name="Zebra agent")
    rule = {"name": "Zebra rule", "conditions": {"status": "error"}, "channels": {}, "severity": "info"}
    daily = {"frequency": "daily", "timezone": "UTC"}
    for path, body in {
        "/conversations": {"agent_id": str(agent), "title": "Zebra talk"},
        "/alert-configs": rule,
        "/deployments": {"target_id": str(agent)},
        "/schedules": {"name": "Zebra hour", "target_id": str(agent), "input": {"prompt": "Zebra input"}, **daily},
        "/variables": {"name": "zebra_url", "value": "x"},
        "/alert-channels": {"name": "zebra channel", "kind": "slack", "url": "https://hooks.example.com/services/x"},
    }.items():
        answer = await http.post(path, json=body)
        assert answer.status in (201, 202), (path, answer.json)
    created = await http.post("/api-keys", json={"name": "Zebra key", "scopes": ["agents:read"]})
    assert created.status == 201
    run = await scene.started(agent, "Zebra prompt")
    page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    palette = page.get_by_role("dialog", name="Search and commands")

    await page.keyboard.press("Control+k")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("zebra")
    for kind in (
        "Agents",
        "Conversations",
        "Runs",
        "Alert rules",
        "Alert channels",
        "Deployments",
        "Schedules",
        "Variables",
        "API keys",
    ):
        await expect(palette.get_by_role("group", name=kind, exact=True).get_by_role("option").first).to_be_visible()
    await palette.get_by_role("option", name=re.compile("Zebra prompt")).click()
    await expect(page).to_have_url(re.compile(f"/runs/{run}"))

    for text, option, url in (
        ("anna", re.compile(re.escape(scene.cast.anna.email)), "/settings/members"),
        ("audit", re.compile("^Audit log"), "/settings/audit"),
        ("notif", re.compile("^Notifications"), "/notifications"),
    ):
        await page.keyboard.press("Control+k")
        await expect(palette.get_by_role("combobox")).to_be_focused()
        await page.keyboard.type(text)
        await palette.get_by_role("option", name=option).first.click()
        await expect(page).to_have_url(re.compile(url))


async def test_groups_of_the_rail_close_and_stay_closed(olga: Reader) -> None:
    page = await olga.open("/teams")
    rail = page.get_by_role("navigation", name="Main")
    for group in ("Build", "Run", "Observe", "Deploy"):
        await expect(rail.get_by_role("button", name=group, exact=True)).to_have_attribute("aria-expanded", "true")
    await expect(rail.get_by_role("link", name="Tools", exact=True)).to_be_visible()

    await rail.get_by_role("button", name="Build", exact=True).click()
    await expect(rail.get_by_role("link", name="Tools", exact=True)).to_have_count(0)
    await expect(rail.get_by_role("link", name="Teams", exact=True)).to_be_visible()
    await page.reload()
    await expect(rail.get_by_role("link", name="Chat", exact=True)).to_be_visible()
    await expect(rail.get_by_role("link", name="Tools", exact=True)).to_have_count(0)

    await rail.get_by_role("button", name="Build", exact=True).press("Enter")
    await expect(rail.get_by_role("link", name="Tools", exact=True)).to_be_visible()


async def test_keys_lead_to_pages_and_are_told(olga: Reader) -> None:
    page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()

    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(page.get_by_role("heading", name="Tools", level=1)).to_be_visible()
    await page.keyboard.press("?")

    await expect(page.get_by_role("dialog").get_by_text("Approvals")).to_be_visible()


async def test_the_theme_that_was_chosen_stays(olga: Reader) -> None:
    page = await olga.open("/")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "light")
    await page.get_by_role("button", name=re.compile("^You: ")).click()
    await page.get_by_role("menuitemcheckbox", name="Dark").click()
    await expect(root).to_have_attribute("data-theme", "dark")

    await page.reload()
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.get_by_role("button", name=re.compile("^You: ")).click()
    await page.get_by_role("menuitemcheckbox", name="System").click()

    await expect(root).to_have_attribute("data-theme", "light")
    await page.emulate_media(color_scheme="dark")
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_the_breadcrumb_names_the_section_and_the_object(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Yes.")
    run = await played.started(agent)
    begun = await played.cast.olga.http.post("/conversations", json={"agent_id": agent, "title": "About tides"})

    page = await olga.open(f"/runs/{run}")
    await expect(_crumbs(page)).to_have_text(["Runs", "Run of Scribe"])
    await expect(page).to_have_title("Run of Scribe · Retinue")
    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Runs").click()
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    await expect(_crumbs(page)).to_have_text(["Runs"])

    await olga.open(f"/chat/{begun.json['id']}")
    await expect(_crumbs(page)).to_have_text(["Chat", "About tides"])
    await page.get_by_role("button", name="Actions for About tides").click(force=True)
    await page.get_by_role("menuitem", name="Rename").click()
    await page.get_by_role("textbox", name="Title").fill("High water")
    await page.keyboard.press("Enter")
    await expect(_crumbs(page)).to_have_text(["Chat", "High water"])

    await olga.open("/settings/api-keys")
    await expect(_crumbs(page)).to_have_text(["Settings", "API keys"])
    await olga.open("/")
    await expect(_crumbs(page)).to_have_text(["Home"])


async def test_the_shell_stands_while_it_is_not_known_who_is_before_it(olga: Reader) -> None:
    known = asyncio.Event()

    async def slowly(route: Route) -> None:
        await known.wait()
        await route.continue_()

    await olga.page.route("**/api/v1/auth/session", slowly)
    page = await olga.open("/agents")
    await expect(page.get_by_role("status", name="Loading Retinue")).to_be_visible()

    known.set()

    await expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    await expect(page.get_by_role("status", name="Loading Retinue")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "asked", "then"),
    [
        ("/settings", "organizations/current", "URL slug"),
        ("/settings/members", "members*", "you"),
        ("/settings/models", "model-providers*", "Model providers"),
        ("/settings/api-keys", "api-keys*", "No keys yet"),
        ("/settings/audit", "audit-log*", "Audit log"),
        ("/settings/account", "auth/sessions*", "this session"),
        ("/approvals", "approvals?view=mine*", "You're all caught up"),
        ("/runs", "runs*", "No runs yet"),
        ("/agents", "auth/session", "Agents"),
    ],
)
async def test_what_cannot_be_read_is_told_and_tried_again(olga: Reader, path: str, asked: str, then: str) -> None:
    async def break_down(route: Route) -> None:
        await route.fulfill(status=500, json=BROKEN, content_type="application/problem+json")

    await olga.page.route(f"**/api/v1/{asked}", break_down)
    page = await olga.open(path)
    trouble = page.get_by_role("alert").filter(has_text="The shelf fell down.")
    await expect(trouble.first).to_be_visible()
    await expect(trouble.first).to_contain_text("req-4711")
    await page.unroute(f"**/api/v1/{asked}")

    await trouble.first.get_by_role("button", name="Try again").click()

    await expect(trouble).to_have_count(0)
    await expect(page.get_by_role("main").get_by_text(then).first).to_be_visible()
    olga.expect_refusals(500)


async def test_an_unknown_page_shows_not_found(olga: Reader) -> None:
    page = await olga.open("/runs/01a206d6-3291-7189-9c6d-89f82209fbf9")
    await expect(page.get_by_text("Not found")).to_be_visible()
    await olga.open("/nowhere")
    await expect(page.get_by_role("link", name=re.compile("Home|home"))).not_to_have_count(0)
    olga.expect_refusals(404)


async def test_empty_places_say_what_to_do(olga: Reader) -> None:
    page = await olga.open("/")
    await expect(page.get_by_text("You're all caught up.")).to_be_visible()
    await expect(page.get_by_text("No active runs.")).to_be_visible()
    await expect(page.get_by_text("No runs yet.")).to_be_visible()
    for path, words in {
        "/approvals": "You're all caught up",
        "/settings/api-keys": "Create a separate key for each program",
        "/chat?list=true": "No conversations yet",
        "/runs": "No runs yet",
    }.items():
        await olga.open(path)
        await expect(page.get_by_text(words).first).to_be_visible()


async def test_a_viewer_is_offered_nothing_that_writes(
    chromium: Browser, readers: list[Reader], played: Scene, cast: Cast
) -> None:
    played.tools["send"] = lambda _: ToolResult("sent")
    asking = {"tool_calls": [{"name": "send", "arguments": {"text": "hello"}}]}
    agent = await played.agent(asking, "Done.", tools=("send:approval",))
    run = await played.started(agent)
    await played.until(run, "waiting")
    await cast.olga.http.post("/api-keys", json={"name": "program", "scopes": ["agents:read"]})
    vera = await Reader.sit_down(chromium, cast.vera, readers)
    page = vera.page
    writes = re.compile(r"^(New|Add|Invite|Save|Revoke|Remove|Approve|Reject|Retry|Stop|Cancel|Fork|Make|Test|Role of)\b")

    for path, seen in {
        "/runs": "Scribe",
        f"/runs/{run}": "Scribe",
        "/approvals": "send",
        "/settings": "Owners and admins can change this.",
        "/settings/members": cast.anna.email,
        "/settings/models": "Model providers",
        "/settings/api-keys": "program",
        "/agents": "Scribe",
        f"/agents/{agent}": "Scribe",
        "/tools": "send",
    }.items():
        await vera.open(path)
        main = page.get_by_role("main")
        await expect(main.get_by_text(seen).filter(visible=True).first).to_be_visible()
        offered = [
            *await main.get_by_role("button", name=writes).all(),
            *await main.get_by_role("combobox", name=writes).all(),
        ]
        assert (path, [await each.inner_text() for each in offered if await each.is_visible()]) == (path, [])

    await expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    await vera.open("/settings/audit")
    await expect(page.get_by_text("You do not have access")).to_be_visible()
    vera.expect_refusals(403)


async def test_a_viewer_is_told_where_they_cannot_write(
    chromium: Browser, readers: list[Reader], scene: Scene, cast: Cast
) -> None:
    agent = await scene.agent("Yes.")
    vera = await Reader.sit_down(chromium, cast.vera, readers)
    page = vera.page
    main = page.get_by_role("main")
    for path, told in {
        "/agents/new": "You cannot create agents",
        "/teams/new": "You cannot create teams",
        "/workflows/new": "You cannot create workflows",
        "/schedules/new": "You cannot create schedules",
        f"/chat?agent={agent}": "You cannot start chats",
        f"/agents/{agent}": "Read-only: your role, Viewer, cannot change agents.",
    }.items():
        await vera.open(path)
        await expect(main.get_by_text(told)).to_be_visible()
        await expect(main.get_by_text("An owner or admin can change your role")).to_be_visible()
        if path != f"/agents/{agent}":
            await expect(main.get_by_role("textbox")).to_have_count(0)


async def test_paused_live_updates_are_told_on_every_page_until_they_are_resumed(olga: Reader, scene: Scene) -> None:
    page = await olga.open("/runs")
    await expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Live", exact=True).click()
    told = page.get_by_role("status").filter(has_text="Live updates are paused.")
    await expect(told).to_be_visible()
    await scene.started(await scene.agent("Yes."))
    await page.get_by_role("link", name="Schedules", exact=True).click()
    await expect(page.get_by_role("heading", name="Schedules", level=1)).to_be_visible()
    await expect(told).to_be_visible()
    await page.get_by_role("link", name="Runs", exact=True).click()

    await told.get_by_role("button", name="Resume").click()

    await expect(told).to_have_count(0)
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page.get_by_role("main").get_by_text("Scribe").first).to_be_visible()


async def test_names_for_assistants_contain_what_is_seen(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/")
    await expect(page.get_by_role("button", name=f"Organization: Acme {cast.marker} Owner")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(rf"^You: .*{re.escape(cast.olga.email)}$"))).to_be_visible()
    await expect(page.get_by_role("button", name="Search and commands", exact=True)).to_be_visible()


async def test_on_a_phone_the_menu_leads_to_every_place(chromium: Browser, readers: list[Reader], cast: Cast) -> None:
    reader = await Reader.sit_down(chromium, cast.olga, readers, size=PHONE)
    page = await reader.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await page.get_by_role("button", name="Menu").click()
    sheet = page.get_by_role("dialog", name="Retinue")
    await sheet.get_by_role("link", name="Settings").click()

    await expect(sheet).to_have_count(0)
    await expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    for path in ("/", "/settings", "/settings/members", "/settings/models", "/settings/api-keys", "/settings/audit"):
        await reader.open(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    shown = page.get_by_role("navigation", name="Settings").get_by_role("link", name="Audit log")
    await expect(shown).to_be_in_viewport(ratio=0.95)  # a fraction of a pixel may be cut off


_HAS_FONT = """() => document.fonts.ready.then(
  () => [...document.fonts].some((each) => each.family.includes("Inter") && each.status === "loaded")
)"""


async def test_pages_open_while_the_api_is_away_and_recover_when_it_is_back(olga: Reader) -> None:
    loaded = re.compile(r"/assets/deployments-[^/]{8}\.js")  # the page's, not its panel's
    async with olga.page.expect_request_finished(
        lambda each: loaded.search(each.url) is not None, timeout=60_000
    ) as request:
        page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await page.evaluate("(url) => import(url).then(() => true)", (await request.value).url)  # with what it imports itself
    assert await page.evaluate(_HAS_FONT)
    await page.route("**/*", lambda route: route.abort())

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Deployments").click()

    await expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await page.unroute("**/*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("No deployments yet").first).to_be_visible()
    olga.complaints[:] = [each for each in olga.complaints if "ERR_FAILED" not in each and "ApiError" not in each]


async def test_a_page_whose_code_cannot_be_loaded_leaves_the_console_standing(olga: Reader) -> None:
    page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await page.route("**/*", lambda route: route.abort())

    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Schedules").click()

    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    await page.unroute("**/*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Schedules", level=1)).to_be_visible()
    olga.complaints.clear()


async def test_the_page_is_not_blank_while_its_script_is_on_its_way(visitor: Reader) -> None:
    script_may_come = asyncio.Event()

    async def wait(route: Route) -> None:
        await script_may_come.wait()
        await route.continue_()

    page = visitor.page
    await page.route(re.compile(r"/assets/.*\.js$"), wait)
    await page.goto(f"{visitor.base_url}/", wait_until="commit")
    await expect(page.get_by_text("Retinue", exact=True)).to_be_visible()
    script_may_come.set()

    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
