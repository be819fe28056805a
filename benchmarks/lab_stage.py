"""How fast the Lab answers: a knot let go, or a key, to a newly trained run on the stage.

Drives the toy world of the Lab (W12, 300 steps, three lanes) in Chromium (found in PATH, or named
by MMCL_CHROMIUM). The time runs from the moment that a knot is let go until the stage has drawn
the first frame of the new run; only the lane that changed is trained. Then, with no server
involved, the time that one redraw of the designer takes while a knot is dragged. Run it on an idle
machine: ``python benchmarks/lab_stage.py``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys

from lab_redraw import ARGS, NAMES, server
from playwright.sync_api import Page, sync_playwright

# Resolves with the time at which the stage has painted another scene.
DRAWN = """root => {
  const turn = root.stage.view.turn;
  window.released = new Promise((done) => addEventListener(
    "pointerup", () => done(performance.now()), { once: true, capture: true }));
  window.drawn = new Promise((done) => {
    const look = () => {
      if (root.stage.view.turn === turn) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    };
    look();
  });
}"""

# Milliseconds of script for each of many moves of a held knot.
REDRAWS = """(box, moves) => {
  const knot = box.querySelector(".knot");
  const { left, top } = knot.getBoundingClientRect();
  const at = (i) => ({ clientX: left + 20 + (i % 40), clientY: top + 20, bubbles: true });
  return Array.from({ length: moves }, (_, i) => {
    const began = performance.now();
    knot.dispatchEvent(new PointerEvent("pointermove", at(i)));
    box.querySelector(".plots").getBoundingClientRect();
    return performance.now() - began;
  });
}"""


def grip(page: Page) -> tuple[float, float]:
    """Return the middle of the first knot."""
    box = page.locator(".knot .head").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def releases(page: Page, times: int) -> list[float]:
    """Return milliseconds from letting a knot go to the new run."""
    taken = []
    for _ in range(times + 3):
        page.wait_for_timeout(1500)
        x, y = grip(page)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 5, y, steps=3)  # ever lower, so that nothing was trained before
        page.locator("section.stage").evaluate(DRAWN)
        page.mouse.up()
        taken.append(page.evaluate("async () => await window.drawn - await window.released"))
    return taken[3:]  # the first ones warm caches up


def redraws(page: Page, moves: int) -> list[float]:
    """Return milliseconds of script for each redraw of the designer."""
    page.mouse.move(*grip(page))
    page.mouse.down()
    taken = page.locator(".designer").evaluate(REDRAWS, moves)
    page.keyboard.press("Escape")
    page.mouse.up()
    return taken[5:]


def say(what: str, taken: list[float]) -> None:
    """Print median and 95th percentile."""
    high = statistics.quantiles(taken, n=20)[-1]
    middle = statistics.median(taken)
    print(f"{what}: median {middle:.1f} ms, 95th percentile {high:.1f} ms, of {len(taken)}")


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    options = parser.parse_args()
    found = next(filter(None, (os.environ.get("MMCL_CHROMIUM"), *map(shutil.which, NAMES))), None)
    if found is None:
        sys.exit(f"Expected Chromium as one of {', '.join(NAMES)} in PATH, found none.")
    with sync_playwright() as playwright, server() as address:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/lab")
        page.locator("section.stage").wait_for()
        page.wait_for_timeout(15_000)  # the first run plays to its end
        say("knot let go to new run on the stage", releases(page, options.times))
        say("redraw of the designer during a drag", redraws(page, 200))
        browser.close()


if __name__ == "__main__":
    main()
