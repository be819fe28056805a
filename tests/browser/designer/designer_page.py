"""What the tests of the penalty designer share: its data, and how to read and reach it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

FOUR = {
    "margins": [0.2, 0.4, 0.6, 0.8],
    "weights": [0.05, 0.15, 0.2, 0.6],
    "negative_weight": 2,
}
ONE = {"margins": [0.9], "weights": [1], "negative_weight": 2}


def told(**changes: Any) -> dict[str, Any]:
    """Return what Python tells the designer: cosines evenly spread over all bins."""
    from mmcl_app.designer import BARS, BINS, colours

    even = {"tail": [1 - i / BINS for i in range(BINS + 1)], "pairs": [1] * BARS}
    return {
        "designs": [FOUR, ONE],
        "lane": 0,
        "crowds": [{**even, "likes": [0] * BARS}] * 2,
        "palette": colours("light"),
        "heaviest": 40,
        "when": "all pairs",
        "heard": 0,
        **changes,
    }


def tell(page: Page, **changes: Any) -> None:
    page.evaluate("data => tell(data)", told(**changes))


def sent(page: Page) -> list[dict[str, Any]]:
    return page.evaluate("sent")


def read(page: Page) -> dict[str, Any]:
    return page.locator(".designer").evaluate("box => box.read()")


def design(page: Page, lane: int = 0) -> dict[str, Any]:
    return read(page)["designs"][lane]


def knot(page: Page, number: int) -> Locator:
    return page.get_by_role("slider", name=f"margin {number}", exact=True)


def middle(of: Locator) -> tuple[float, float]:
    box = of.locator(".head").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixels(page: Page, cosines: float) -> float:
    """Return how many pixels a difference of cosines is wide."""
    box = page.locator("svg.plots").bounding_box()
    assert box
    return cosines / 2 * box["width"]
