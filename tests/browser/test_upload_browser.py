"""A reader's own table in a real browser: upload, card, margins, training, nonsense, telephone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
LONG = 90_000  # milliseconds for a training; a busy machine may need some of them
EVIL = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(0)
    things = [f"thing {i}" for i in range(40)] + [EVIL, "https://link.example"]
    rows = [f"person {u};{thing};4" for u in range(70) for thing in draw.sample(things, 12)]
    path = tmp_path_factory.mktemp("tables") / "shop.csv"
    path.write_text("\n".join(["customer;product;stars", *rows]), encoding="utf-8")
    return path


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def give(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def ready(page: Page) -> Page:
    expect(page.get_by_text("A row is a user and an item")).to_be_visible()
    return page


def test_a_table_from_upload_to_verdict(open_page: Opener, shop: Path) -> None:
    page = ready(open_page("train?data=own&epochs=2"))
    give(page, shop)
    card = page.locator(".st-key-train-card")
    expect(card.get_by_text("shop.csv")).to_be_visible(timeout=LONG)
    expect(card.get_by_text("All 840 rows were kept")).to_be_visible()
    expect(card.get_by_role("figure", name=re.compile("Pairs of each item"))).to_be_visible()

    button(page, "Which margins for my data?").click()
    expect(page.get_by_text("Suggested for lane C")).to_be_visible(timeout=LONG)
    button(page, "Use in lane C").click()
    expect(button(page, "In lane C")).to_be_disabled()
    expect(page).to_have_url(re.compile(r"c=mmcl(~|%7E)(?!0\.2_0\.4)"))

    button(page, "Start").click()
    expect(page.get_by_text("Does MMCL pay on your data?")).to_be_visible(timeout=LONG)
    expect(page.locator(".lists")).to_have_count(2)
    expect(page.locator(".lists img, p.titles a, p.titles img")).to_have_count(0)
    assert page.title() != "owned"
    assert "person" not in page.url
    assert "shop" not in page.url

    item = page.get_by_role("combobox", name="Item (type to search)")
    item.click()
    item.press_sequentially("thing 7,")
    page.get_by_role("option", name=re.compile("^thing 7,")).click()
    expect(page.get_by_text("Does MMCL pay on your data?")).to_be_visible()

    page.get_by_role("link", name="Lab", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Train")
    page.get_by_role("link", name="Train", exact=True).first.click()
    expect(page.get_by_text("is still in memory for this session")).to_be_visible()
    expect(page.get_by_text("Does MMCL pay on your data?")).to_be_visible()

    page.reload()
    expect(page.get_by_text("The address keeps the settings, not the table")).to_be_visible()
    expect(page.get_by_text("Does MMCL pay on your data?")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_nonsense_is_answered_on_a_telephone(
    open_page: Opener, shop: Path, tmp_path: Path, dark: bool
) -> None:
    page = ready(open_page("train?data=own&epochs=1", width=390, height=844, dark=dark))
    packed = tmp_path / "packed.csv"
    packed.write_bytes(b"PK\x03\x04 not a table")
    give(page, packed)
    expect(page.get_by_text("got a zip file")).to_be_visible()
    large = tmp_path / "large.csv"
    large.write_bytes(b"user,item\n" + b"a,b\n" * 5_400_000)
    give(page, large)
    expect(page.get_by_text(re.compile("must be 20|exceeds|20.*MB or smaller"))).to_be_visible()
    give(page, shop)
    expect(page.locator(".st-key-train-card")).to_be_visible(timeout=LONG)
    button(page, "Start").click()
    expect(page.get_by_text("Does MMCL pay on your data?")).to_be_visible(timeout=LONG)
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") == 390
