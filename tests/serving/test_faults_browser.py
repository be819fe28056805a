"""A tab that is closed while it trains, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = 90_000  # milliseconds
STOPS_IN = 5.0  # seconds from the closed tab to the end of its training


def started(chromium: Browser, served: Served, seed: int) -> Page:
    page = chromium.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(LONG)
    page.goto(f"{served.address}/train?epochs=100&seed={seed}")
    page.get_by_role("button", name="Start", exact=True).click()
    return page


def test_the_training_of_a_closed_tab_stops_within_five_seconds(
    chromium: Browser, serve: Callable[..., Served]
) -> None:
    served = serve(one_processor=True)
    first = started(chromium, served, 1)
    expect(first.get_by_text(re.compile(r"Epoch [2-9] of 100"))).to_be_visible(timeout=LONG)
    second = started(chromium, served, 2)
    expect(second.get_by_text("Yours is number 1 in the queue")).to_be_visible(timeout=LONG)
    third = started(chromium, served, 3)
    expect(third.get_by_text("Yours is number 2 in the queue")).to_be_visible(timeout=LONG)

    # A tab that waits and is closed leaves the queue, and one that trains makes room.
    second.close()
    expect(third.get_by_text("Yours is number 1 in the queue")).to_be_visible(timeout=LONG)
    began = time.monotonic()
    first.close()
    expect(third.get_by_text(re.compile(r"Epoch \d+ of 100"))).to_be_visible(timeout=LONG)
    assert time.monotonic() - began < STOPS_IN
    third.context.close()
