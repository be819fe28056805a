"""Draw docs/images/step-by-share.png from docs/results/step-by-share.csv.

    python tools/build_cost_picture.py

Needs Playwright (in the `dev` extra) and Chromium in PATH or named by MMCL_CHROMIUM.
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from mmcl_core.figures import costs

DOCS = Path(__file__).parents[1] / "docs"
TICKS = {0.001: "0.1%", 0.01: "1%", 0.1: "10%", 1.0: "100%"}


def main() -> None:
    """Read the table, draw it, photograph it."""
    with (DOCS / "results" / "step-by-share.csv").open(newline="") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    figure = costs(
        [row["active_share"] for row in rows],
        {"plain step": [row["plain_ms"] for row in rows], "core": [row["core_ms"] for row in rows]},
        "share of active negatives",
        ticks=TICKS,
        height=400,
    )
    figure.update_layout(paper_bgcolor="white", plot_bgcolor="white")
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    path = os.environ.get("MMCL_CHROMIUM") or next(filter(None, map(shutil.which, names)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 760, "height": 420})
        page.set_content(figure.to_html(include_plotlyjs=True, config={"staticPlot": True}))
        page.wait_for_selector(".main-svg")
        page.screenshot(path=str(DOCS / "images" / "step-by-share.png"))
        browser.close()


if __name__ == "__main__":
    main()
