"""How quickly does the console answer a press with 10,000 runs in its list, and what does Lighthouse say of each page?

Interaction to next paint is read from the browser's own event timing: the slowest of all presses of keys and of the
pointer on the page of runs, once 10,000 rows are loaded. Lighthouse (its npm package, fetched by npm when this runs) visits
each page as its owner with the settings of a desktop; the median of five visits, and the speed of the machine as
Lighthouse measures it.

    python -m benchmarks.bench_console                      both
    python -m benchmarks.bench_console --rows 500 --visits 1 --pages sign-in,runs      a quick look

Seen (two quiet cores, November 2026): slowest interaction with 10,000 runs 72 ms. Lighthouse (medians of five visits:
sign-in 100, home 92, agents 99; of three, with 500 rows): editor 97, tools 99, teams 100, workflows 100, chat 99, runs 99,
run 97, schedules 99, approvals 100, metrics 99.5, usage 99, alerts 99, notifications 99, deployments 99, settings 99,
audit 99; benchmarkIndex 3,800.
"""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from tools.browser import find

from benchmarks.installation import OWNER, Installation, installation, stand_in_agent
from benchmarks.report import Report, median, percentile

_LIGHTHOUSE = "lighthouse@12.2.3"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_FILL = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, agent_version, status, trigger, plan,
                  input, output, trace_id, duration_ms, created_at, started_at, completed_at)
SELECT gen_random_uuid(), a.organization_id, 'agent', a.id, a.name, a.id, 1,
       (ARRAY['completed', 'completed', 'completed', 'failed', 'cancelled'])[1 + n %% 5], 'api', '{}',
       '{"prompt": "Say it."}', '{"text": "It."}', md5(n::text), 1200,
       now() - n * interval '1 minute', now() - n * interval '1 minute', now()
FROM agents a, generate_series(1, %s) n WHERE a.id = %s
"""
_WATCH = """
window.presses = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) window.presses.push([one.name, one.duration]);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_PAGES = {
    "sign-in": "/sign-in",
    "home": "/",
    "agents": "/agents",
    "editor": "/agents/{agent}",
    "teams": "/teams",
    "workflows": "/workflows",
    "tools": "/tools",
    "chat": "/chat",
    "runs": "/runs",
    "run": "/runs/{run}",
    "schedules": "/schedules",
    "approvals": "/approvals",
    "metrics": "/agent-metrics",
    "usage": "/usage",
    "alerts": "/alerts",
    "notifications": "/notifications",
    "deployments": "/deployments",
    "settings": "/settings",
    "audit": "/settings/audit",
}
_OPEN = "sign-in"
_LONGEST_LOAD_MS = 15_000
"""Pages are never without traffic: they hold the stream of their organization open."""
_AUDITS = (
    ("largest-contentful-paint", "largest contentful paint", "ms"),
    ("total-blocking-time", "total blocking time", "ms"),
    ("cumulative-layout-shift", "cumulative layout shift", ""),
)


async def _signed_in(browser: Browser, made: Installation) -> Page:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    await page.goto(f"{made.api_url}/sign-in")
    await page.fill("input[type=email]", OWNER)
    await page.fill("input[type=password]", made.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{made.api_url}/")
    return page


async def _load_rows(page: Page, rows: int) -> None:
    frame = page.get_by_test_id("runs")
    table = page.get_by_role("table", name="Runs")
    while await table.get_attribute("aria-rowcount") == "-1":
        await frame.evaluate("element => { element.scrollTop = element.scrollHeight; }")
        await page.wait_for_timeout(50)
    assert int(await table.get_attribute("aria-rowcount") or 0) >= rows


async def _interactions(page: Page, made: Installation, rows: int, report: Report) -> None:
    await page.goto(f"{made.api_url}/runs")
    await page.get_by_role("row").nth(1).wait_for()
    await _load_rows(page, rows)
    await page.get_by_test_id("runs").evaluate("element => { element.scrollTop = 0; }")
    await page.evaluate("window.presses = []")
    for key in ("j",) * 15 + ("x", "j", "x", "k", "x"):
        await page.keyboard.press(key)
        await page.wait_for_timeout(60)
    await page.get_by_label("Select all loaded runs").check()
    await page.wait_for_timeout(300)
    await page.get_by_role("button", name="Clear selection").click()
    await page.keyboard.press("o")
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Escape")
    await page.wait_for_timeout(300)
    await page.keyboard.press("/")
    await page.keyboard.type("say", delay=60)
    await page.wait_for_timeout(500)
    presses: list[tuple[str, float]] = await page.evaluate("window.presses")
    assert presses, "no press was measured"
    took = [duration for _, duration in presses]
    report.figure(f"interaction to next paint with {rows} runs, slowest", max(took), "ms", most=200)
    report.figure("the same, median", median(took), "ms")
    report.figure("the same, 98th percentile", percentile(took, 0.98), "ms")


async def _visit(address: str, cookies: str, chromium: str, folder: Path) -> dict[str, Any] | None:
    output = folder / "lighthouse.json"
    line = ["npm", "exec", "--yes", f"--package={_LIGHTHOUSE}", "--", "lighthouse", address, "--quiet", "--preset=desktop"]
    line += ["--only-categories=performance", "--output=json", f"--output-path={output}"]
    line += [f"--max-wait-for-load={_LONGEST_LOAD_MS}"]
    line += [f"--chrome-flags=--headless=new {' '.join(_FLAGS)}"]
    if cookies:
        line.append("--extra-headers=" + json.dumps({"Cookie": cookies}))
    environ = {**os.environ, "CHROME_PATH": chromium}
    process = await asyncio.create_subprocess_exec(
        *line, env=environ, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        print(f"Lighthouse is left out of {address}: {said.decode()[-300:]}")
        return None
    return dict(json.loads(output.read_text("utf-8")))


async def _scores(made: Installation, page: Page, names: list[str], visits: int, report: Report) -> None:
    chromium = find()
    if shutil.which("npm") is None or chromium is None:
        print("Lighthouse is left out: it needs npm and a Chromium.")
        return
    cookies = "; ".join(f"{each.get('name')}={each.get('value')}" for each in await page.context.cookies())
    places = {"agent": (await made.call("GET", "/agents"))["items"][0]["id"]}
    places["run"] = (await made.call("GET", "/runs?limit=1"))["items"][0]["id"]
    indexes: list[float] = []
    with tempfile.TemporaryDirectory(prefix="retinue-lighthouse-") as folder:
        for name in names:
            address = made.api_url + _PAGES[name].format(**places)
            seen = [await _visit(address, "" if name == _OPEN else cookies, chromium, Path(folder)) for _ in range(visits)]
            told = [each for each in seen if each is not None]
            if not told:
                continue
            score = median([each["categories"]["performance"]["score"] * 100 for each in told])
            indexes += [each["environment"]["benchmarkIndex"] for each in told]
            report.figure(f"Lighthouse performance, {name}", score, "", least=90 if name == _OPEN else 80)
            for audit, label, unit in _AUDITS:
                report.figure(f"  {label}", median([each["audits"][audit]["numericValue"] for each in told]), unit)
    if indexes:
        report.figure("Lighthouse's benchmarkIndex of the machine", median(indexes), "")


async def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_console")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--pages", default=",".join(_PAGES))
    given: Any = parser.parse_args()
    report = Report("console")
    async with installation(workers=1) as made, async_playwright() as playwright:
        agent_id = await stand_in_agent(made, "answer")
        made.query(_FILL, given.rows, agent_id)
        made.query("VACUUM ANALYZE runs")
        browser = await playwright.chromium.launch(executable_path=find(), args=_FLAGS)
        page = await _signed_in(browser, made)
        await _interactions(page, made, given.rows, report)
        await _scores(made, page, given.pages.split(","), given.visits, report)
        await browser.close()
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
