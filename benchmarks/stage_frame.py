"""Script cost of a frame of the stage in Chromium, and the time from a hand's move to its picture.

python benchmarks/stage_frame.py
"""

from __future__ import annotations

import base64
import os
import shutil
import statistics

from playwright.sync_api import Page, sync_playwright

from mmcl_core.stage.payload import scene
from mmcl_core.stage.source import markup, script, style
from mmcl_core.trajectories import record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

USER, FRAMES = 7, 300
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
PAGE = """<!doctype html><style>%s</style><div id="host"></div><script type="module">%s
window.stage = new Stage(document.getElementById("host"), () => {});
window.show = (text) => stage.update(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
</script>"""
COST = """async (frames) => {
  const found = [];
  for (let i = 0; i < frames; i += 1) {
    await new Promise(requestAnimationFrame);
    stage.time = i / 3;
    const start = performance.now();
    stage.draw();
    found.push(performance.now() - start);
  }
  return found.slice(30);
}"""
LISTEN = """() => {
  window.waits = [];
  const draw = stage.draw.bind(stage);
  let moved = 0;
  addEventListener("pointermove", (event) => { moved ||= event.timeStamp; }, true);
  stage.draw = () => {
    draw();
    if (moved) window.waits.push(performance.now() - moved);
    moved = 0;
  };
}"""


def cost(page: Page) -> list[float]:
    """Return milliseconds of script for each of many frames."""
    found: list[float] = page.evaluate(COST, FRAMES)
    return found


def waits(page: Page) -> list[float]:
    """Drag the picked user about; return milliseconds from each move to the end of its drawing."""
    page.get_by_role("button", name="Reset view").click()
    page.wait_for_timeout(300)
    box = page.locator("canvas").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(LISTEN)
    for i in range(120):
        page.mouse.move(x + i % 60, y + i % 40)
    page.mouse.up()
    found: list[float] = page.evaluate("window.waits")
    return found


def main() -> None:
    world = make_world(WorldConfig(tastes=20), seed=0)  # 200 users, 200 items
    run = record(world, toy_config(world.config, negatives=5, steps=300))
    path = os.environ.get("MMCL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        print(f"Chromium {browser.version}, no GPU; 400 points a pane; milliseconds")
        for panes in (1, 3):
            for user in (None, USER):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                code = markup() + script("math", "scene", "draw", "hands", "stage")
                page.set_content(PAGE % (style(), code))
                packed = scene([run] * panes, user=user, view={"user": user})
                page.evaluate("(text) => window.show(text)", base64.b64encode(packed).decode())
                line(f"script of a frame, {panes} pane(s), user {user}", cost(page))
                if user is not None:
                    line(f"from a move to its picture, {panes} pane(s)", waits(page))
                page.close()
        browser.close()


def line(name: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:42} median {statistics.median(times):5.1f}   95th percentile {p95:5.1f}")


if __name__ == "__main__":
    main()
