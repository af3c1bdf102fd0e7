"""A person before a window of the console: what they open, and what the browser complained of in the meantime."""

from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

from retinue.core.json import JsonObject
from tests.cast import PASSWORD, Person

DESK = (1440, 900)
WALL = (1600, 950)
PHONE = (390, 844)
PATIENCE_MS = 15_000


@dataclass
class Reader:
    """A person and their window."""

    page: Page
    context: BrowserContext
    base_url: str
    complaints: list[str] = field(default_factory=list[str])
    """Errors in the console of the browser and uncaught exceptions of the page."""

    @classmethod
    async def walk_up(
        cls,
        chromium: Browser,
        base_url: str,
        readers: "list[Reader]",
        *,
        size: tuple[int, int] = DESK,
        scheme: Literal["light", "dark"] = "light",
    ) -> "Reader":
        """Open a window for someone not signed in, and add it to those that are closed and checked after the test."""
        context = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        reader = cls(await context.new_page(), context, base_url)
        reader.page.on("console", reader._overhear)
        reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        readers.append(reader)
        return reader

    @classmethod
    async def sit_down(
        cls,
        chromium: Browser,
        person: Person,
        readers: "list[Reader]",
        *,
        size: tuple[int, int] = DESK,
        scheme: Literal["light", "dark"] = "light",
    ) -> "Reader":
        """Open a window for a person who is signed in."""
        reader = await cls.walk_up(chromium, person.http.base_url, readers, size=size, scheme=scheme)
        answer = await reader.context.request.post(
            f"{reader.base_url}/api/v1/auth/sign-in", data={"email": person.email, "password": PASSWORD}
        )
        assert answer.ok, await answer.text()
        return reader

    async def open(self, path: str) -> Page:
        """Go to a page of the console."""
        await self.page.goto(f"{self.base_url}{path}")
        return self.page

    async def new_window(self, path: str) -> Page:
        """Open a second window of the same person."""
        page = await self.context.new_page()
        page.on("console", self._overhear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.base_url}{path}")
        return page

    async def barriers(self, axe: str, within: Locator | None = None) -> list[str]:
        """Return what keeps people out of the page in its current state, by axe's rules for WCAG 2.2 AA."""
        await self.page.evaluate(axe)
        scope = None if within is None else await within.element_handle()
        found: JsonObject = await self.page.evaluate(_LOOK, scope)
        violations: Any = found["violations"]
        return [f"{one['id']}: {one['help']} ({', '.join(one['targets'])})" for one in violations]

    def expect_refusals(self, *statuses: int) -> None:
        """Take out what the browser and the page said of requests that were refused as the test meant them to be."""
        meant = {"ApiError: ", *(f"status of {status} " for status in statuses)}
        self.complaints[:] = [each for each in self.complaints if not any(text in each for text in meant)]

    async def close(self) -> None:
        """Close the window."""
        await self.context.close()

    def _overhear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


_LOOK = """async (scope) => {
  // Still experimental in axe: it takes the initials of an avatar for a part of the label.
  const rules = { "label-content-name-mismatch": { enabled: false } };
  const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const place = scope ?? { exclude: [["[data-radix-popper-content-wrapper]"]] };
  const { violations } = await axe.run(place, { runOnly: { type: "tag", values }, rules });
  const where = (node) => node.target.join(" ") + " " + node.html.slice(0, 160);
  return { violations: violations.map(({ id, help, nodes }) => ({ id, help, targets: nodes.slice(0, 3).map(where) })) };
}"""
