"""The server dies in the middle of a class: each page comes back to the state in its address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APP = ".stApp"

# Connected, and nothing has been drawn for two seconds.
BACK = """() => {
  const { testConnectionState, testScriptState } = document.querySelector(".stApp").dataset;
  const calm = testConnectionState === "CONNECTED" && testScriptState === "notRunning";
  window.calm = calm ? window.calm ?? performance.now() : undefined;
  return calm && performance.now() - window.calm > 2000;
}"""
LONG = 90_000  # milliseconds; the first page after a start loads everything anew


def opened(chromium: Browser, address: str) -> Page:
    page = chromium.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(LONG)
    page.goto(address)
    page.get_by_role("heading", level=1).first.wait_for()
    return page


def box(page: Page, name: str) -> str:
    return page.get_by_role("spinbutton", name=name).first.input_value()


def test_every_page_comes_back_to_the_state_of_its_address(
    chromium: Browser, serve: Callable[..., Served]
) -> None:
    expect.set_options(timeout=LONG)
    served = serve()
    train = opened(chromium, f"{served.address}/train?epochs=100&seed=41&n=7")
    toy = opened(chromium, f"{served.address}/lab?seed=42&steps=50")
    challenge = opened(chromium, f"{served.address}/challenge?margin=0.35&weight=7")
    films = opened(chromium, f"{served.address}/lab?world=films&negative_weight=43")

    # What is changed by hand is in the address, so it comes back too.
    margin = challenge.get_by_role("spinbutton", name="margin")
    margin.fill("0.55")
    margin.press("Enter")
    expect(challenge).to_have_url(re.compile("margin=0.55"))
    train.get_by_role("button", name="Start", exact=True).click()
    expect(train.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(train.get_by_text(re.compile("Epoch [2-9] of 100"))).to_be_visible()
    pages = {"train": train, "toy": toy, "challenge": challenge, "films": films}
    addresses = {name: page.url for name, page in pages.items()}

    served.kill()
    for page in pages.values():
        expect(page.locator(APP)).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    served.start()
    for page in pages.values():  # nobody reloads anything
        page.wait_for_function(BACK)

    expect(train.get_by_text("Not started.")).to_be_visible()
    expect(train.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(train.get_by_role("spinbutton", name="Seed")).to_have_value("41")
    assert box(train, "Negatives per like, N") == "7"
    for page, name, value in (
        (challenge, "margin", "0.55"),
        (challenge, "negative weight", "7"),
        (films, "or exactly", "43"),
    ):
        expect(page.get_by_role("spinbutton", name=name, exact=True)).to_have_value(value)
    for name, page in pages.items():
        assert page.url == addresses[name], name
        expect(page.locator(".stException")).to_have_count(0)

    margin.fill("0.65")
    margin.press("Enter")
    expect(challenge).to_have_url(re.compile("margin=0.65.*weight=7"))
    number = films.get_by_role("spinbutton", name="or exactly")
    number.fill("44")
    number.press("Enter")
    expect(films).to_have_url(re.compile("negative_weight=44"))
    toy.get_by_text("More: world, negatives, training").click()
    seed = toy.get_by_role("spinbutton", name="seed")
    expect(seed).to_have_value("42")
    seed.fill("45")
    seed.press("Enter")
    expect(toy).to_have_url(re.compile("steps=50.*seed=45"))

    # A training is not in an address: its page says so, and it can be started again.
    train.get_by_role("button", name="Start", exact=True).click()
    expect(train.get_by_text(re.compile("Epoch [1-9] of 100"))).to_be_visible()
    for page in pages.values():
        page.context.close()
