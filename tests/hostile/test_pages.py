"""Pages asked for with nonsense: none shows an error, and all stay usable."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hostile.nasty import BREAKS, CODE, FORMULAS, MARKUP, NUMBERS, PATHS
from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[2] / "app" / "main.py"
PAGES = ("start", "lab", "films", "challenge", "train", "results", "lessons")
STATELESS = ("start", "lessons")  # their addresses stay as they are
WORDS = {
    "start": ("step", "user", "x"),
    "lab": ("a", "b", "c", "lane", "tastes", "seed", "moved", "step", "camera", "user"),
    "films": (
        "margins",
        "band_weights",
        "negative_weight",
        "trained",
        "epoch",
        "rivals",
        "question",
    ),
    "challenge": ("margin", "weight", "rate"),
    "train": ("a", "b", "c", "n", "epochs", "rate", "seed", "left", "film", "user"),
    "results": ("metric", "run"),
    "lessons": ("x", "page"),
}
COMMON = ("lesson", "present", "hide", "lock", "<b>")
# Which nonsense each case spreads over the words of a page.
HEAPS: dict[str, tuple[str, ...]] = {
    "markup": MARKUP,
    "script": MARKUP[:2],
    "formulas": FORMULAS,
    "paths": PATHS,
    "numbers": NUMBERS,
    "digits": ("9" * 5000,),
    "breaks": BREAKS,
    "code": CODE,
    "empty": ("",),
    "100 kB": ("x" * 100_000,),
    "lists": ("0.1_" * 25_000,),
    "parts": ("~" * 50_000, "knot." + "9" * 5000),
    "nearly": ("mmcl~0.1_0.2~1~2", "0.5~1~9~900", "ccl~nan", "knot.2.9", "-1", "1e9", "a.b"),
    "not there": ("99999", "-99999", "unknown", "off", "none"),
}


@cache
def opened(page: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.run()
    view = "lab" if page == "films" else page
    return app if page == "start" else app.switch_page(f"views/{view}.py").run()


def healthy(app: AppTest) -> None:
    assert not app.exception
    assert app.title[0].value
    said = " ".join(block.value for block in (*app.markdown, *app.info, *app.warning))
    assert "Traceback" not in said


@pytest.mark.parametrize("heap", HEAPS)
@pytest.mark.parametrize("page", PAGES)
def test_nonsense_in_an_address(page: str, heap: str) -> None:
    app, texts = opened(page), HEAPS[heap]
    words = (*WORDS[page], *COMMON)
    query = {word: texts[i % len(texts)] for i, word in enumerate(words)}
    if len(texts[0]) > 10_000:  # Streamlit reads no address of more than 500 kB
        query = {word: text if word in words[:4] else text[:9] for word, text in query.items()}
    if page == "films":
        query["world"] = "films"
    app.query_params = query
    app.run()
    healthy(app)
    if page not in STATELESS:
        assert max(len(str(value)) for value in app.query_params.values()) < 1000


TYPED = (*MARKUP[:3], *NUMBERS[:4], "9" * 5000, "0.1 " * 5000, *BREAKS[:3], *CODE[:1], "")


@pytest.mark.parametrize("text", TYPED)
@pytest.mark.parametrize("page", ["lab", "films", "train"])
def test_nonsense_in_the_boxes_of_a_page(page: str, text: str) -> None:
    app = opened(page)
    app.query_params = {"world": "films"} if page == "films" else {}
    app.run()
    for i in range(min(2, len(app.text_input))):
        app.text_input[i].set_value(text)
    for button in [button for button in app.button if button.label == "Use these"][:1]:
        button.click()
    app.run()
    healthy(app)
