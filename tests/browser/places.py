"""Every page of the app in the states that a reader meets, opened and waited for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

LONG = 60_000  # milliseconds; the first use of a page loads what is slow
# Whether no run of the page is under way, and for a quarter of a second and ten pictures since it
# was asked nothing has come, gone or moved.
SETTLED = """(asked) => {
  const app = document.querySelector("[data-testid=stApp]");
  const main = document.querySelector("[data-testid=stMain]");
  const state = app?.dataset.testScriptState, last = window.settling ??= {};
  const looks = [asked, state, main?.scrollHeight, main?.scrollTop,
    document.getElementsByTagName("*").length].join();
  if (looks !== last.looks || state !== "notRunning")
    Object.assign(last, { looks, pictures: 0, since: performance.now() });
  last.pictures += 1;
  return last.pictures > 10 && performance.now() - last.since > 250;
}"""
# A table drawn on a canvas says itself in words a moment after it is drawn.
WORDS_OF_TABLES = """() => [...document.querySelectorAll("canvas[data-testid=data-grid-canvas]")]
  .every((canvas) => canvas.querySelector("[role=grid]"))"""
TABLE = "user;item\n" + "\n".join(f"u{i};i{(7 * i + j) % 31}" for i in range(60) for j in range(9))


def _stage(page: Page) -> None:
    page.locator("section.stage .legend").filter(has_text="squares").wait_for(timeout=LONG)


def _figures(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).last.wait_for(timeout=LONG)


def _opened(button: str, shows: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        _stage(page)
        page.get_by_role("button", name=button, exact=True).first.click()
        page.locator(shows).first.wait_for(timeout=LONG)

    return prepare


def _own_table(page: Page) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    page.locator(".st-key-train-card").wait_for(timeout=LONG)
    page.get_by_role("button", name="Start", exact=True).wait_for(timeout=LONG)


def _trained(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click(timeout=LONG)
    page.get_by_text("Finished in").wait_for(timeout=LONG)
    page.locator(".lists").nth(1).wait_for(timeout=LONG)


def _played(page: Page) -> None:
    page.get_by_role("button", name="Play five worlds").click(timeout=LONG)
    page.locator(".st-key-challenge-score").wait_for(timeout=LONG)


@dataclass(frozen=True)
class Place:
    """An address, what is done there until all of it is seen, and how many pictures it has then."""

    path: str
    prepare: Callable[[Page], None]
    pictures: int


SMALL = "steps=100&tastes=6"
PLACES = {
    "start": Place("", _stage, 3),
    "glossary": Place("", _opened("Glossary", "[data-testid=stPopoverBody]"), 3),
    "share": Place("", _opened("QR", "[role=dialog] .stImage, [role=dialog] svg.qr"), 4),
    "home": Place(f"lab?{SMALL}", _opened("Take it home", "[data-testid=stPopoverBody]"), 12),
    "present": Place(f"lab?{SMALL}&user=3&step=60&present=1", _stage, 12),
    "lab": Place(f"lab?{SMALL}&user=3&step=60", _figures(".plots svg"), 12),
    "films": Place("lab?world=films", _figures(".js-plotly-plot .main-svg"), 3),
    "negatives": Place(
        f"lab?{SMALL}&panel=negatives",
        _figures(".st-key-negatives-panel .js-plotly-plot .main-svg"),
        30,
    ),
    "challenge": Place("challenge", _played, 2),
    "train": Place("train?epochs=1", _trained, 2),
    "own table": Place("train?data=own&epochs=1", _own_table, 5),
    "results": Place("results", _figures("[data-testid=data-grid-canvas]"), 6),
    "lessons": Place("lessons", _figures("h1"), 0),
    "card": Place("lab?lesson=kicks.2", _figures(".st-key-lesson-card button"), 12),
    "nonsense": Place("challenge?margin=no", _figures("[data-testid=stAlert]"), 2),
}


def settle(page: Page) -> None:
    """Wait until the page is whole: no run of it is under way, and nothing moves."""
    page.wait_for_function(SETTLED, arg=time.monotonic(), timeout=LONG)


def reach(page: Page, place: Place) -> None:
    """Prepare a page that is open, and wait until nothing of it is under way."""
    place.prepare(page)
    settle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=LONG)
    page.wait_for_function(WORDS_OF_TABLES, timeout=LONG)
    expect(page.locator("html")).to_have_attribute("lang", re.compile("."))
