"""Every page, light and dark, under axe-core; and every picture has words for who cannot see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.places import PLACES, reach
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"runOnly": TAGS, "resultTypes": ["violations"]}
GRAVE = ("serious", "critical")

# All that is drawn, however deep: the words of each picture, of the nearest part around it that
# has any, or "" if it is decoration.
PICTURES = """() => {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
    node.shadowRoot ? [node, ...within(node.shadowRoot)] : [node]);
  const around = (node) => node && (node.parentElement ?? node.getRootNode().host);
  const said = (node) => {
    for (let at = node; at; at = around(at)) {
      if (at.ariaHidden === "true") return "decoration";
      const words = at.getAttribute("aria-label") ?? at.getAttribute("alt");
      const drawn = ["img", "group", "figure"].includes(at.getAttribute("role"))
        || ["IMG", "FIGURE"].includes(at.tagName) || at === node;
      if (words !== null && drawn) return words.trim();
    }
    return "";
  };
  // A table drawn on a canvas holds itself in words; Plotly measures text out of sight.
  const spared = "button, a, label, summary, .stDataFrame:has([role=grid]), #js-plotly-tester";
  return within(document)
    .filter((node) => ["IMG", "CANVAS"].includes(node.tagName)
      || (node.tagName === "svg" && !node.parentElement?.closest("svg")))
    .filter((node) => node.getClientRects().length > 0 && node.clientWidth > 40)
    .filter((node) => !node.closest(spared))
    .map((node) => [node.outerHTML.slice(0, 160), said(node)]);
}"""

VIEWS = [
    pytest.param({}, id="light"),
    pytest.param({"dark": True}, id="dark", marks=pytest.mark.slow),
    pytest.param({"width": 390, "height": 844}, id="telephone", marks=pytest.mark.slow),
]
# What opens above a page; looked at in `make test-all`.
ABOVE = ("glossary", "share", "home", "card", "nonsense")
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name in ABOVE)) for name in PLACES]


def findings(page: Page) -> list[str]:
    """Return what axe finds grave, a line each."""
    found = Axe().run(page, options=OPTIONS).response
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: {node['target'][-1]}\n{node['html'][:200]}\n{node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_grave(
    open_page: Callable[..., Page], name: str, view: dict[str, Any]
) -> None:
    page = open_page(PLACES[name].path, **view)
    reach(page, PLACES[name])
    grave = findings(page)
    assert not grave, "\n\n".join(grave)
    if "width" not in view:  # a telephone shows one sphere at a time
        drawn = f"least => ({PICTURES})().length >= least"
        page.wait_for_function(drawn, arg=PLACES[name].pictures)
    pictures = page.evaluate(PICTURES)
    mute = [drawn for drawn, words in pictures if len(words) < 4]
    assert not mute, "without words:\n" + "\n".join(mute)


def test_a_fault_is_found(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons")
    page.evaluate(
        """document.body.append(
             document.createRange().createContextualFragment(
               '<button></button><svg width="60" height="60"></svg>'))"""
    )
    assert any("button-name" in line for line in findings(page))
    assert [words for _, words in page.evaluate(PICTURES)].count("") == 1
