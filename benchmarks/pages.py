"""How soon pages can be used: a cold start, first and second visits, and a training's first curve.

    python benchmarks/pages.py                                     # about 4 minutes
    python benchmarks/pages.py --out docs/results/pages.csv

Each round starts the server anew, with a Chromium that has an empty cache, and opens Start: "cold
start" runs from the start of the server's process until the title stands there and all spheres are
drawn. Then every page is visited twice in that tab by its link; a visit runs from the click until
the page's script is done and its figures stand there. On Train, Start is clicked with the page's
own settings: "first point" runs from the click until a curve has one. All three lanes train at
once there, so "95%" of a lane alone is taken from the page's own runner with that lane only: from
its start until the validation NDCG@20 is 95% of what it is at the end; the page would draw it up to
0.4 s later. The limits are the
project's, for 2 cores. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from lab_redraw import ARGS, NAMES, server
from playwright.sync_api import Browser, Page, sync_playwright
from turns import machine

ROOT = Path(__file__).parents[1]
DONE = ".stApp[data-test-script-state=notRunning]"
PATIENCE = 120_000  # milliseconds

# Of each page: its title, and what stands there once it can be used.
PAGES = {
    "Start": ("Who pushes, and how hard?", (".st-key-film section.stage .legend:not(:empty)",)),
    "Lab": ("Lab", (".st-key-toy section.stage .legend:not(:empty)", ".plots figure svg")),
    "Challenge": ("Two negatives. Beat four margins with one", (".plots .curve[d^=M]",)),
    "Train": ("Train", (".st-key-train-curve-left canvas", ".st-key-train-curve-right canvas")),
    "Results": ("Results", (".js-plotly-plot .main-svg", "[data-testid=data-grid-canvas]")),
    "Lessons": ("Lessons", (".stMain h3",)),
}
CURVE = ".st-key-train-curve-left [role=img]"
SEEN = """(selector) => {
  const note = () => {
    const words = document.querySelector(selector)?.ariaLabel;
    if (words && words !== window.seen.at(-1)?.[1]) window.seen.push([performance.now(), words]);
  };
  window.seen = [];
  new MutationObserver(note).observe(document.body,
    { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
  note();
}"""

Times = dict[tuple[str, str], list[float]]
LIMITS = {"cold start": 3.0, "second visit": 1.0, "first point": 1.0, "95%": 3.0}


def usable(page: Page, name: str) -> None:
    """Wait until a page stands there."""
    title, parts = PAGES[name]
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    for part in parts:
        page.locator(part).last.wait_for()
    page.locator(DONE).wait_for()


def visit(page: Page, name: str) -> float:
    """Return seconds from the click on a page's link until it stands there."""
    began = time.perf_counter()
    link = page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{name}$"))
    link.dispatch_event("click")
    usable(page, name)
    return time.perf_counter() - began


def walk(browser: Browser, times: Times) -> None:
    """Start the server, visit every page twice, and train once."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    began = time.perf_counter()
    with server() as address:
        page.goto(address)
        usable(page, "Start")
        times["Start", "cold start"].append(time.perf_counter() - began)
        others = [name for name in PAGES if name != "Start"]
        for name in others:
            times[name, "first visit"].append(visit(page, name))
        for name in PAGES:
            times[name, "second visit"].append(visit(page, name))
        visit(page, "Train")
        page.evaluate(SEEN, CURVE)
        clicked = page.evaluate("performance.now()")
        page.get_by_role("button", name="Start", exact=True).dispatch_event("click")
        page.get_by_text("Finished in").wait_for()
        seen = [((at - clicked) / 1000, values(words)) for at, words in page.evaluate("seen")]
        first = min(at for at, found in seen if found)
        times["Train", "first point"].append(first)
        last = seen[-1][1]
        for lane, end in last.items():
            at = min(at for at, found in seen if found.get(lane, 0.0) >= 0.95 * end)
            times[f"Train, {lane} beside the others", "95% of the last NDCG"].append(at)
    context.close()


def values(words: str) -> dict[str, float]:
    """Read the latest NDCG of each lane out of the words under a chart."""
    return {lane: float(value) for lane, value in re.findall(r"\b([ABC]), [^:]+: (\d\.\d+)", words)}


def alone(times: Times) -> None:
    """Train each lane of the page alone, as the page does."""
    sys.path.insert(0, str(ROOT / "app"))
    from mmcl_app.train import lanes
    from mmcl_app.train.job import Job
    from mmcl_app.train.runner import Runner, warm_up
    from mmcl_app.train.settings import EPOCHS
    from mmcl_core.data import load
    from mmcl_core.suggest import batch_size_for
    from mmcl_core.training import TrainConfig

    data, runner = load("movielens"), Runner()
    warm_up(data)
    for name in lanes.NAMES:
        loss, settings = lanes.start(name)
        config = TrainConfig(
            loss=loss, settings=settings, epochs=EPOCHS, batch_size=batch_size_for(data)
        )
        job = Job({name.upper(): config}, data)
        began, seen = time.perf_counter(), {}
        runner.start(job)
        while (view := job.view()).busy:
            for point in view.lanes[0].points[len(seen) :]:
                seen[time.perf_counter() - began] = point.metrics["ndcg@20"]
            time.sleep(0.005)
        end = view.lanes[0].points[-1].metrics["ndcg@20"]
        times[f"Train, {name.upper()} alone", "95% of the last NDCG"].append(
            min(at for at, value in seen.items() if value >= 0.95 * end)
        )


def table(times: Times) -> list[dict[str, object]]:
    """Return a row a page and measure: median, least, most, and the project's limit."""
    rows: list[dict[str, object]] = []
    for (page, what), taken in times.items():
        beside = "beside" in page
        limit = next((s for name, s in LIMITS.items() if what.startswith(name)), None)
        rows.append(
            {
                "page": page,
                "what": what,
                "median s": f"{statistics.median(taken):.2f}",
                "least": f"{min(taken):.2f}",
                "most": f"{max(taken):.2f}",
                "limit": "" if limit is None or beside else f"{limit:g}",
                "rounds": len(taken),
                "machine": machine(),
            }
        )
    return rows


def main() -> None:
    """Print the table, and write it if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="a CSV file to write")
    options = parser.parse_args()
    found = next(filter(None, (os.environ.get("MMCL_CHROMIUM"), *map(shutil.which, NAMES))), None)
    if found is None:
        sys.exit(f"Expected Chromium as one of {', '.join(NAMES)} in PATH, found none.")
    times: Times = defaultdict(list)
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(f"The machine is not idle: load {busy:.1f}. Times will be too long.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        for done in range(options.rounds):
            walk(browser, times)
            alone(times)
            print(f"round {done + 1} of {options.rounds}", file=sys.stderr)
        browser.close()
    rows = table(times)
    for row in rows:
        limit = f"   limit {row['limit']} s" if row["limit"] else ""
        late = bool(limit) and float(str(row["median s"])) > float(str(row["limit"]))
        print(
            f"{row['page']:<28} {row['what']:<22} {row['median s']:>6} s "
            f"({row['least']} to {row['most']}){limit}{', missed' if late else ''}"
        )
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
