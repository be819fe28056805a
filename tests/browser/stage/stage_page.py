"""What the tests of the stage share: its page, and how to read what it shows."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Page

from mmcl_core.trajectories import Trajectory

USER = 7
MANY = {"margins": [0.2, 0.4, 0.6, 0.8], "weights": [0.05, 0.15, 0.2, 0.6], "negative_weight": 2.0}
PAGE = """<!doctype html><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>%s body { margin: 12px; font-family: sans-serif; background: #fdfcfa; color: #23262d; }
@media (prefers-color-scheme: dark) { body { background: #15171c; color: #e9e6e1; } }</style>
<div id="host"></div><script type="module">%s
window.sent = [];
const stage = new Stage(document.getElementById("host"), (name, value) => {
  window.sent.push([name, JSON.parse(JSON.stringify(value))]);
});
window.show = (text) => stage.update(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
</script>"""


def update(page: Page, packed: bytes) -> None:
    page.evaluate("(text) => window.show(text)", base64.b64encode(packed).decode())


def read(page: Page) -> dict[str, Any]:
    """Draw and return what the stage shows."""
    found: dict[str, Any] = page.locator(".stage").evaluate(
        "(root) => { root.stage.draw(); return root.stage.read(); }"
    )
    return found


def read_view(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.locator(".stage").evaluate("(root) => root.stage.view")
    return found


def sent(page: Page) -> list[Any]:
    """Return what was told to Python, once the stage is calm."""
    page.wait_for_timeout(300)
    found: list[Any] = page.evaluate("window.sent")
    return found


def spot(page: Page, point: int, pane: int = 0) -> tuple[float, float]:
    """Return where a point is on the screen."""
    read(page)
    x, y, _ = page.locator(".stage").evaluate(
        "(root, [pane, point]) => root.stage.scene.panes[pane].spots[point]", [pane, point]
    )
    box = page.locator(".stage canvas").nth(pane).bounding_box()
    assert box
    return box["x"] + x, box["y"] + y


def pictures(page: Page) -> list[str]:
    read(page)
    found: list[str] = page.locator(".stage figure:not([hidden]) canvas").evaluate_all(
        "(all) => all.map((canvas) => canvas.toDataURL())"
    )
    return found


def nearest_user(page: Page) -> int:
    """Return the user nearest to the eye."""
    read(page)
    found: int = page.locator(".stage").evaluate(
        """({ stage: { scene } }) => scene.panes[0].spots.slice(0, scene.users)
          .reduce((best, spot, i, all) => spot[2] > all[best][2] ? i : best, 0)"""
    )
    return found


def drawn_next(run: Trajectory, frame: int) -> tuple[int, Any, Any]:
    """Return the next step that draws USER, its positives and its negatives."""
    found = run.of_user(USER)
    step = int(found.steps[found.steps > run.steps[frame]][0])
    rows = found.steps == step
    return step, found.positives[rows].astype(int), found.negatives[rows].astype(int)
