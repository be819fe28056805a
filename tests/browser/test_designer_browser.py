"""The penalty designer alone in a real browser: mouse, keyboard, and what it sends at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

sys.path.insert(0, str(Path(__file__).parents[2] / "app"))

pytestmark = pytest.mark.browser

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


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Show the designer on a bare page; any console error fails the test."""
    from mmcl_core.stage.source import HERE, script

    markup, style = ((HERE / f"designer.{end}").read_text("utf-8") for end in ("html", "css"))
    context = chromium.new_context(viewport={"width": 500, "height": 800}, has_touch=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.set_content(
        f"<style>{style}</style><main>{markup}</main><script type='module'>"
        f"{script('math', 'designer')}\nwindow.sent = [];"
        "window.tell = mountDesigner(document.querySelector('main'), news => sent.push(news));"
        "</script>"
    )
    page.wait_for_function("() => Boolean(window.tell)")
    tell(page)
    yield page
    context.close()
    assert troubles == []


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
    box = page.locator(".plots").bounding_box()
    assert box
    return cosines / 2 * box["width"]


def test_a_knot_is_dragged_along_and_up(page: Page) -> None:
    x, y = middle(knot(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.1), y, steps=4)
    assert design(page)["margins"] == [0.2, 0.3, 0.6, 0.8]
    assert design(page)["weights"] == FOUR["weights"]
    page.mouse.move(x - pixels(page, 0.1), y - 83, steps=4)
    assert design(page)["weights"][1] == pytest.approx(0.65)
    assert sent(page) == []
    page.mouse.up()
    (news,) = sent(page)
    assert news["lane"] == 0
    assert news["serial"] == 1
    assert news["design"]["margins"] == [0.2, 0.3, 0.6, 0.8]
    assert news["design"]["weights"] == [0.05, 0.65, 0.2, 0.6]
    expect(knot(page, 2)).to_have_attribute("aria-valuetext", "margin 0.30, band weight 0.65")


def test_numbers_follow_during_the_drag(page: Page) -> None:
    told_before = page.locator(".told").inner_text()
    assert told_before.startswith("40% of the pairs are pushed. Push budget 0.33, at most 2.00")
    x, y = middle(knot(page, 1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - pixels(page, 0.2), y, steps=2)
    expect(page.locator(".told")).to_contain_text("50% of the pairs are pushed")
    expect(page.locator(".formula")).to_contain_text("0.05 [s \u2212 0]")
    assert read(page)["active"] == pytest.approx(0.5)
    assert read(page)["shares"] == pytest.approx([0.5, 0.2, 0.1, 0.1, 0.1])
    page.mouse.up()


def test_a_drag_redraws_within_one_frame(page: Page) -> None:
    x, y = middle(knot(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    # Counts frames that begin between a move of the pointer and the redrawn slope.
    frames = page.evaluate(
        """async ([x, y]) => {
          const knot = document.querySelectorAll(".knot")[1];
          const stairs = document.querySelector(".stairs");
          const taken = [];
          for (let i = 1; i <= 20; i += 1) {
            await new Promise(requestAnimationFrame);
            const before = stairs.getAttribute("d");
            const options = { clientX: x + 3 * i, clientY: y, bubbles: true };
            knot.dispatchEvent(new PointerEvent("pointermove", options));
            let waited = 0;
            while (stairs.getAttribute("d") === before && waited < 10) {
              await new Promise(requestAnimationFrame);
              waited += 1;
            }
            taken.push(waited);
          }
          return taken;
        }""",
        [x, y],
    )
    assert max(frames) == 0
    page.mouse.up()


def test_escape_undoes_the_drag(page: Page) -> None:
    x, y = middle(knot(page, 3))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 60, steps=3)
    assert design(page)["margins"] != FOUR["margins"]
    page.keyboard.press("Escape")
    page.mouse.move(x + 60, y - 60)
    page.mouse.up()
    assert design(page)["margins"] == FOUR["margins"]
    assert design(page)["weights"] == FOUR["weights"]
    assert sent(page) == []


def test_a_double_click_adds_and_removes(page: Page) -> None:
    box = page.locator(".plots").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + box["width"] / 4, box["y"] + 150)
    assert design(page)["margins"] == [-0.5, *FOUR["margins"]]
    assert design(page)["weights"][0] == 0.25
    page.mouse.dblclick(*middle(knot(page, 1)))
    assert design(page)["margins"] == FOUR["margins"]
    assert len(sent(page)) == 2


def test_at_most_six_and_at_least_none(page: Page) -> None:
    add, drop = (page.get_by_role("button", name=name) for name in ("Add", "Remove"))
    add.click()
    add.click()
    expect(add).to_be_disabled()
    assert len(design(page)["margins"]) == 6
    box = page.locator(".plots").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 30, box["y"] + 100)
    assert len(design(page)["margins"]) == 6
    for _ in range(6):
        drop.click()
    expect(drop).to_be_disabled()
    expect(page.locator(".formula")).to_have_text("f(s) = 0")
    expect(page.locator(".told")).to_contain_text("0% of the pairs")
    add.click()
    assert design(page)["weights"] == [1]


def test_keys_move_remove_and_reach_every_knot(page: Page) -> None:
    knot(page, 1).focus()
    for number in (2, 3, 4):
        page.keyboard.press("Tab")
        expect(knot(page, number)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert design(page)["margins"][3] == 0.789
    assert design(page)["weights"][3] == 0.61
    assert len(sent(page)) == 3
    page.keyboard.press("Delete")
    assert design(page)["margins"] == [0.2, 0.4, 0.6]


def test_a_knot_that_passes_another_keeps_the_focus(page: Page) -> None:
    tell(page, designs=[{**FOUR, "margins": [0.2, 0.21, 0.6, 0.8]}], heard=0)
    knot(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert design(page)["margins"] == [0.21, 0.22, 0.6, 0.8]
    assert design(page)["weights"] == [0.15, 0.05, 0.2, 0.6]
    expect(knot(page, 2)).to_be_focused()


def test_the_negative_weight_moves_by_its_slider(page: Page) -> None:
    scale = page.get_by_role("slider", name="negative weight")
    scale.focus()
    page.keyboard.press("ArrowRight")
    assert design(page)["negative_weight"] > 2
    assert sent(page)[-1]["design"]["negative_weight"] == design(page)["negative_weight"]
    scale.fill("1")
    assert design(page)["negative_weight"] == 40
    assert "at most 40.00" in page.locator(".told").inner_text()


def test_an_older_answer_of_python_undoes_nothing(page: Page) -> None:
    knot(page, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tell(page, heard=1)
    assert design(page)["margins"][0] == 0.22
    tell(page, heard=2)
    assert design(page)["margins"][0] == 0.2


def test_another_lane_is_drawn_and_moved(page: Page) -> None:
    tell(page, lane=1)
    expect(knot(page, 1)).to_have_attribute("aria-valuetext", "margin 0.90, band weight 1.00")
    expect(knot(page, 2)).to_have_count(0)
    assert page.locator(".other").first.get_attribute("d")
    knot(page, 1).focus()
    page.keyboard.press("ArrowLeft")
    assert sent(page)[-1]["lane"] == 1
    assert design(page)["margins"] == FOUR["margins"]


def test_words_for_those_who_cannot_see_it(page: Page) -> None:
    plot = page.locator(".plots")
    said = plot.get_attribute("aria-label") or ""
    assert "0.6 [s \u2212 0.8]" in said
    assert "40% of the pairs are pushed" in said
    expect(plot).to_have_role("group")
