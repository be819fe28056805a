"""Every lesson walked to its end in a real browser, with mouse and keyboard."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "app" / "lessons"
LESSONS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}
TRAINED = 180_000  # milliseconds for three lanes of films; a busy machine may need them

Act = Callable[[Page], None]
Moment = Callable[[Page, str], None]


def card(page: Page) -> Locator:
    return page.locator(".st-key-lesson-card")


def scenes_seen(page: Page) -> int:
    """Return how often the Lab's stage was sent to another scene."""
    stage = page.locator("section.stage")
    return stage.evaluate("root => root.stage.view?.turn ?? 0") if stage.count() else 0


def guess(page: Page, choice: str, lab: bool = True) -> None:
    """Predict, and wait for the scene that the prediction opens."""
    before = scenes_seen(page) if "/lab" in page.url else 0
    card(page).get_by_role("button", name=choice, exact=True).click()
    expect(card(page)).to_contain_text(f"You said: {choice}")
    if lab:
        wait_for_scene(page, before)


def wait_for_scene(page: Page, before: int) -> None:
    """Wait until the Lab's stage was sent to another scene than that number."""
    for _ in range(150):
        if "/lab" in page.url and scenes_seen(page) > before:
            return
        page.wait_for_timeout(100)
    pytest.fail("the scene did not open")


def to_the_end(page: Page) -> None:
    canvas = page.locator("section.stage canvas").first
    canvas.focus()
    canvas.press("End")
    expect(page.locator("section.stage output")).to_have_text(re.compile(r"Step (\d+) of \1$"))


def pick_a_user(page: Page) -> None:
    user = page.get_by_label("User", exact=True)
    user.fill("7")
    user.press("Enter")


def drag_knot(page: Page) -> None:
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    head = knot.locator(".head")
    head.scroll_into_view_if_needed()
    box = head.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y)
    page.mouse.move(x - 90, y)
    page.mouse.up()


def raise_the_negative_weight(page: Page) -> None:
    page.get_by_role("slider", name="negative weight").press("ArrowRight")


def open_the_panel(page: Page) -> None:
    page.locator("summary", has_text="How many negatives?").click()


def move_the_pool(page: Page) -> None:
    page.locator("summary", has_text="More: world, negatives, training").click()
    page.get_by_role("slider", name="pool").press("ArrowLeft")


def choose(box: str, option: str) -> Act:
    """Return what chooses from a select box."""

    def act(page: Page) -> None:
        chosen = page.get_by_role("combobox", name=box)
        chosen.scroll_into_view_if_needed()  # scrolling would close the list
        chosen.click()
        page.get_by_role("option", name=option, exact=True).click()

    return act


def press(name: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    return act


def choose_the_metric(page: Page) -> None:
    page.get_by_role("radio", name="Recall@20").or_(
        page.get_by_role("button", name="Recall@20", exact=True)
    ).first.click()


def train(page: Page) -> None:
    press("Start")(page)
    expect(page.get_by_text("Finished in")).to_be_visible(timeout=TRAINED)


def choose_a_film(page: Page) -> None:
    film = page.get_by_role("combobox", name="Film (type to search)")
    film.click()
    film.press_sequentially("matrix, the")
    page.get_by_role("option", name=re.compile("^Matrix, The")).click()


def choose_own_table(page: Page) -> None:
    page.get_by_role("radio", name="Your own table").or_(
        page.get_by_role("button", name="Your own table", exact=True)
    ).first.click()


# What a reader does in each step; every lesson is there, with as many steps as it has.
WALKS: dict[str, tuple[Act | None, ...]] = {
    "pull": (to_the_end, to_the_end, to_the_end, raise_the_negative_weight),
    "knot": (to_the_end, to_the_end, choose("Story", "Good"), to_the_end, drag_knot),
    "kicks": (to_the_end, pick_a_user, to_the_end, to_the_end, to_the_end, drag_knot),
    "negatives": (to_the_end, open_the_panel, to_the_end, to_the_end, move_the_pool),
    "films": (
        train,
        choose("Right curve", "Push budget"),
        choose("Left curve", "NDCG@20, validation"),
        choose_a_film,
        choose_own_table,
    ),
    "published": (to_the_end, to_the_end, press("Play five worlds"), choose_the_metric, None),
}


def walked(page: Page, name: str, wrong: bool, look: Moment = lambda page, when: None) -> None:
    """Walk a lesson from its first step to its last; `wrong` predicts wrongly."""
    steps = LESSONS[name]["steps"]
    for number, (step, act) in enumerate(zip(steps, WALKS[name], strict=True), 1):
        expect(card(page)).to_contain_text(f"step {number} of {len(steps)}")
        lab = step["page"] == "lab"
        if "ask" in step:
            expect(card(page)).to_contain_text("Predict:")
            expect(card(page)).not_to_contain_text("Done.")
            look(page, f"{number}-asks")
            right = step["choices"][step["answer"] - 1]
            others = [choice for choice in step["choices"] if choice != right]
            guess(page, others[0] if wrong else right, lab)
        if "done" in step:
            if "step" not in step["done"]:  # where less motion is wished for, a film ends at once
                expect(card(page)).to_contain_text("Not yet")
            look(page, f"{number}-waits")
            assert act
            act(page)
            expect(card(page)).to_contain_text("Done.")
        if "ask" in step:
            said = "Your prediction differed." if wrong else "As you predicted."
            expect(card(page)).to_contain_text(said)
            told = re.sub(r"[*]", "", step["reveal"])
            expect(card(page)).to_contain_text(told)
        look(page, f"{number}-done")
        last = number == len(steps)
        if not last:
            before = scenes_seen(page) if "/lab" in page.url else 0
            card(page).get_by_role("button", name="Next").click()
            following = steps[number]
            opens = {"story", "address"} & following.keys() and "ask" not in following
            if opens and following["page"] == "lab":
                wait_for_scene(page, before)


def finish(page: Page) -> None:
    card(page).get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lessons")
    expect(card(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Walk it again")).to_have_count(1)
    expect(page.get_by_text("Walked to its end")).to_be_visible()
    expect(page).not_to_have_url(re.compile("lesson="))


def test_every_lesson_is_walked() -> None:
    assert WALKS.keys() == LESSONS.keys()


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=[pytest.mark.slow] * (x != "pull")) for x in WALKS]
)
def test_a_lesson_from_begin_to_finish(open_page: Callable[..., Page], name: str) -> None:
    page = open_page("lessons")
    page.locator(f".st-key-begin-{name} button").click()
    walked(page, name, wrong=name in ("knot", "negatives"))
    finish(page)


def test_a_reload_keeps_step_prediction_and_answer(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?lesson=knot.4")
    guess(page, "No: everything else is closer as well")
    to_the_end(page)
    expect(page).to_have_url(re.compile("step=300.*lesson=knot"))
    expect(card(page)).to_contain_text("As you predicted.")
    address = page.url
    page.reload()
    expect(card(page)).to_contain_text("As you predicted.")
    assert page.url == address


@pytest.mark.parametrize(
    "step",
    [
        "pull.1",
        "kicks.3",
        *(
            pytest.param(step, marks=pytest.mark.slow)
            for step in ("pull.3", "kicks.1", "kicks.5", "knot.1", "negatives.3")
        ),
    ],
)
def test_the_card_leaves_room_for_designer_and_stage(
    open_page: Callable[..., Page], step: str
) -> None:
    page = open_page(f"lab?lesson={step}")
    expect(card(page)).to_contain_text("Predict:")
    assert fits(page) > 60
    before = scenes_seen(page)
    card(page).locator(".st-key-guess-2 button").click()
    wait_for_scene(page, before)
    fits(page)
    to_the_end(page)
    expect(card(page)).to_contain_text("Done.")
    whole = fits(page)
    card(page).get_by_role("button", name="Fold").click()
    expect(card(page).get_by_role("button", name="Unfold")).to_be_visible()
    assert fits(page) < whole - 20


def fits(page: Page) -> float:
    """Check that what the card speaks of is seen below it; return the card's height."""
    page.locator(".plots svg").last.wait_for()
    page.wait_for_timeout(500)  # what is above has found its height
    knot = page.get_by_role("slider", name="margin 1", exact=True)
    for part in (knot, page.locator("section.stage canvas").first, page.get_by_title("Play")):
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] < 900
    whole = card(page).bounding_box()
    assert whole
    assert whole["height"] < 170
    return whole["height"]


def test_a_phone_shows_the_card_and_some_of_the_stage(open_page: Callable[..., Page]) -> None:
    page = open_page("lessons", width=390, height=844)
    begin = page.locator(".st-key-begin-published button")
    begin.scroll_into_view_if_needed()
    begin.click()
    expect(card(page).get_by_role("button", name="Next")).to_be_in_viewport()
    guess(page, "B: your four")
    expect(card(page).get_by_role("button", name="Next")).to_be_in_viewport()
    box = page.locator("section.stage canvas").first.bounding_box()
    assert box
    assert box["y"] + box["height"] / 2 < 844


def test_a_waiting_card_leaves_the_page_where_it_is(open_page: Callable[..., Page]) -> None:
    page = open_page("lab?lesson=kicks.2", width=390, height=844)
    expect(card(page)).to_contain_text("Not yet")
    page.locator(".plots svg").last.wait_for()
    expect(page.get_by_role("button", name="QR", exact=True)).to_be_visible()  # comes last
    page.locator("summary", has_text="More: world").scroll_into_view_if_needed()
    place = page.locator(".stMain").evaluate("main => main.scrollTop")
    assert place > 500
    page.wait_for_timeout(3000)  # the card looks every second
    assert page.locator(".stMain").evaluate("main => main.scrollTop") == place


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page("lab?lesson=kicks.3", width=390, height=844, dark=dark)
    expect(card(page)).to_contain_text("step 3 of 6")
    wide = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='stMain'], html")]
            .filter(e => e.scrollWidth > window.innerWidth).map(e => e.scrollWidth)"""
    )
    assert wide == []
