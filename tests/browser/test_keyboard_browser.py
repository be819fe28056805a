"""Every page by keyboard alone: all that can be used is reached, seen to have focus, and let go."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from browser.places import PLACES, reach
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# Looks through shadow roots. `all` is what Tab should reach: of buttons that arrows go along, one.
# `held` is what has focus now, and whether its looks tell that: its own, those of what is around
# or inside it, against those that it had before.
WATCH = """() => {
  document.head.append(Object.assign(document.createElement("style"),
    { textContent: "* { transition: none !important; animation: none !important; }" }));
  const within = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
    node.shadowRoot ? [node, ...within(node.shadowRoot)] : [node]);
  const usable = (node) => node.tabIndex >= 0 && !node.disabled && node.ariaDisabled !== "true"
    && node.matches("a[href], button, input, select, textarea, summary, [tabindex]")
    && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0
    && !node.closest("[inert], fieldset:disabled");
  const group = (node) => {
    const set = node.closest("[role=radiogroup], [role=toolbar], [role=tablist]");
    return [node, ...set?.querySelectorAll("button, input, [role=tab]") ?? []];
  };
  const around = (node) => node.parentElement ?? node.getRootNode().host;
  const area = (node) => {
    const found = [node, ...node.querySelectorAll("*")];
    for (let at = node, i = 0; i < 4 && (at = around(at)); i += 1) found.push(at);
    return found;
  };
  const looks = (node) => area(node).flatMap((one) => {
    const { outline, boxShadow, borderColor, backgroundColor, stroke } = getComputedStyle(one);
    return [outline, boxShadow, borderColor, backgroundColor, stroke];
  }).join();
  const short = (node) => node.outerHTML.replace(/\\s+/g, " ").slice(0, 150);
  const all = within(document).filter(usable);
  const before = new Map(all.map((node) => [node, looks(node)]));
  const missed = new Set(all);
  window.held = () => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    if (!node || node === document.body) return null;
    group(node).forEach((one) => missed.delete(one));
    const was = before.get(node);
    return { what: short(node), plain: was !== undefined && was === looks(node),
      known: was !== undefined, at: all.indexOf(node) };
  };
  window.missed = () => [...missed].filter((one) => one.isConnected).map(short);
  return all.length;
}"""


QUICK = ("lab", "train", "results")  # the others are walked in `make test-all`
WINDOWS = ("glossary", "share", "home")  # they keep the focus until they are closed


def walk(page: Page) -> list[dict[str, Any]]:
    """Press Tab until focus has left the page and everything was reached."""
    count = page.evaluate(WATCH)
    assert count > 5
    seen: list[dict[str, Any]] = []
    rounds = 0
    while len(seen) < 3 * count + 10:
        page.keyboard.press("Tab")
        held = page.evaluate("held()")
        if held is not None and held["plain"]:  # a look may follow the focus a moment later
            page.wait_for_timeout(200)
            held = page.evaluate("held()")
        if held is not None:
            seen.append(held)
            continue
        rounds += 1
        if rounds == 3 or not page.evaluate("missed()"):
            return seen
    pytest.fail(f"Tab never leaves the page; at last it held {[one['what'] for one in seen[-3:]]}")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK))
        for name in PLACES
        if name not in WINDOWS
    ],
)
def test_tab_reaches_everything_and_one_sees_where_it_is(
    open_page: Callable[..., Page], name: str
) -> None:
    page = open_page(PLACES[name].path)
    reach(page, PLACES[name])
    seen = walk(page)
    missed = page.evaluate("missed()")
    assert not missed, "never reached:\n" + "\n".join(missed)
    plain = {one["what"] for one in seen if one["plain"]}
    assert not plain, "looks the same with focus:\n" + "\n".join(plain)


def test_focus_that_cannot_be_seen_is_noticed(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons")
    reach(page, PLACES["lessons"])
    page.evaluate(
        """document.querySelector("[data-testid=stMain]").prepend(
             document.createRange().createContextualFragment(
               '<b tabindex="0" style="outline: 0">x</b>'))"""
    )
    assert [one["what"] for one in walk(page) if one["plain"]] == [
        '<b tabindex="0" style="outline: 0">x</b>'
    ]


@pytest.mark.parametrize(
    ("button", "window"),
    [("Glossary", "[data-testid=stPopoverBody]"), ("QR", "[role=dialog]")],
)
def test_a_window_opens_and_closes_by_keys(
    open_page: Callable[..., Page], button: str, window: str
) -> None:
    page = open_page("challenge")
    opener = page.get_by_role("button", name=button, exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator(window)).to_be_visible()
    for _ in range(10):  # it opens before it hears
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.closest(s) !== null", window):
            break
    else:
        pytest.fail(f"Tab never enters {window}")
    page.keyboard.press("Escape")
    expect(page.locator(window)).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_list_and_a_row_of_buttons_are_chosen_from_by_keys(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("lab?world=films")
    reach(page, PLACES["films"])
    page.get_by_role("combobox", name="Penalty").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("margins="))
    page.get_by_role("radio", name="MMCL", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="CCL, tuned")).to_be_checked()
    expect(page).to_have_url(re.compile("trained="))
