"""How fast the app answers: slider to redrawn figure, in the Lab on films.

Drives the app in Chromium (found in PATH, or named by MMCL_CHROMIUM), from a key press on a
margin's slider until the bars of the histogram have been drawn anew and painted. Run it on an idle
machine: ``python benchmarks/lab_redraw.py``. How soon pages can be used: `pages.py`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

MAIN = Path(__file__).parents[1] / "app" / "main.py"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# Resolves once the bars differ from what they were and a frame with them has been painted.
REDRAWN = """() => {
  const bars = () => [...document.querySelectorAll(".barlayer path")]
    .map(bar => bar.getAttribute("d")).join();
  const before = bars();
  window.pressed = new Promise(done => addEventListener(
    "keydown", () => done(performance.now()), { once: true, capture: true }));
  window.redrawn = new Promise(done => {
    const look = () => {
      const now = bars();
      if (now && now !== before)
        requestAnimationFrame(() => setTimeout(() => done(performance.now())));
      else setTimeout(look, 2);
    };
    look();
  });
}"""


@contextmanager
def server() -> Iterator[str]:
    """Run the app on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(MAIN), *options], stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            if process.poll() is not None:
                raise RuntimeError("the server ended at once")
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait()


def redraws(browser: Browser, presses: int) -> list[float]:
    """Return milliseconds from each key press to the redrawn figure."""
    with server() as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/lab?world=films")
        page.locator(".barlayer path").first.wait_for()
        slider = page.locator("input[type=range][aria-label='margin 2']")
        milliseconds = []
        for i in range(presses + 3):
            page.wait_for_timeout(700)
            slider.focus()
            page.evaluate(REDRAWN)
            page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")
            taken = page.evaluate("async () => await window.redrawn - await window.pressed")
            milliseconds.append(float(taken))
        page.close()
    return milliseconds[3:]  # the first presses warm caches up


def main() -> None:
    """Print the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=25)
    options = parser.parse_args()
    found = next(filter(None, (os.environ.get("MMCL_CHROMIUM"), *map(shutil.which, NAMES))), None)
    if found is None:
        sys.exit(f"Expected Chromium as one of {', '.join(NAMES)} in PATH, found none.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        taken = redraws(browser, options.presses)
        browser.close()
    low, middle, high = (statistics.quantiles(taken, n=10)[i] for i in (0, 4, 8))
    print(
        f"slider to redrawn figure: median {middle:.0f} ms of {len(taken)} "
        f"(a tenth under {low:.0f}, a tenth over {high:.0f})"
    )


if __name__ == "__main__":
    main()
