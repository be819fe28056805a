"""Two students with real browsers: one moves a margin in the Lab, one trains."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from class_load_students import PAUSE, Log, Sample
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LAB, TRAIN = 900, 901  # the numbers of these students
PATIENCE = 60_000  # milliseconds
BROKEN = ".stException, [data-testid='stConnectionStatus']:has-text('Connecting')"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser | None]:
    """Start Chromium, if there is one: in PATH, or named by MMCL_CHROMIUM."""
    names = (os.environ.get("MMCL_CHROMIUM"), *map(shutil.which, NAMES))
    found = next((path for path in names if path), None)
    if found is None:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        await browser.close()


async def moves_a_margin(browser: Browser, address: str, until: float, log: Log) -> None:
    """Move a margin of the films' Lab with the keyboard until its address says so."""
    page = await _page(browser, log)
    await page.goto(f"{address}/lab?world=films&negative_weight=77")
    slider = page.locator("input[type=range][aria-label='margin 2']")
    await slider.wait_for()
    chance = random.Random(LAB)
    key = "ArrowRight"
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*PAUSE))
        before = page.url
        await slider.focus()
        began = time.perf_counter()
        await page.keyboard.press(key)
        await page.wait_for_function("before => location.href !== before", arg=before)
        _note(log, LAB, "browser, lab", "move a margin", time.perf_counter() - began)
        log.checks += 1
        if "negative_weight=77" not in page.url:
            log.lost.append(f"browser, lab: expected negative_weight=77, got {page.url}")
        key = "ArrowLeft" if key == "ArrowRight" else "ArrowRight"
    await _leave(page, log)


async def trains(browser: Browser, address: str, until: float, log: Log) -> None:
    """Change N and train three lanes, again and again."""
    page = await _page(browser, log)
    await page.goto(f"{address}/train?epochs=5&seed=77")
    box = page.get_by_role("spinbutton", name="Negatives per like, N")
    await box.wait_for()
    chance = random.Random(TRAIN)
    n = 2
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*PAUSE))
        n = n % 20 + 1
        began = time.perf_counter()
        await box.fill(str(n))
        await box.press("Enter")
        await page.wait_for_function(f"() => location.href.includes('n={n}&')")
        _note(log, TRAIN, "browser, train", "change n", time.perf_counter() - began)
        log.checks += 1
        if "seed=77" not in page.url:
            log.lost.append(f"browser, train: expected seed=77, got {page.url}")
        start = page.locator(".st-key-train\\.start button, .st-key-train-start button").first
        if await start.count() and await start.is_enabled():
            await start.click()
    await _leave(page, log)


def _note(log: Log, student: int, page: str, what: str, seconds: float) -> None:
    log.samples.append(Sample(time.monotonic(), student, page, what, True, seconds))


async def _page(browser: Browser, log: Log) -> Page:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)

    def hear(message: ConsoleMessage) -> None:
        probing = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probing:
            log.errors.append(f"browser console: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: log.errors.append(f"browser: {error}"))
    return page


async def _leave(page: Page, log: Log) -> None:
    broken = page.locator(BROKEN)
    if await broken.count():
        log.errors.append(f"browser: {await broken.first.inner_text()}")
    await page.close()


async def both(browser: Browser, address: str, until: float, log: Log) -> None:
    """Let both students work side by side."""
    found = await asyncio.gather(
        moves_a_margin(browser, address, until, log),
        trains(browser, address, until, log),
        return_exceptions=True,
    )
    for error in found:
        if isinstance(error, Error | OSError):
            log.errors.append(f"browser: {str(error).splitlines()[0]}")
        elif isinstance(error, BaseException):
            raise error
