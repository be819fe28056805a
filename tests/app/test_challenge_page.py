"""The challenge's page: one margin in the address, five worlds scored, and what that teaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.challenge import settings, words
from mmcl_app.designer import Design
from mmcl_core.challenge import SEEDS, Entry, Round, judge

PAGE = Path(__file__).parents[2] / "app" / "views" / "challenge.py"
WINNER = {"margin": "0.6", "weight": "1.5", "rate": "0.4"}


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def said(app: AppTest) -> str:
    return " ".join(block.value for block in app.markdown)


def labelled(elements: Any, label: str) -> Any:
    return next(one for one in elements if one.label == label)


def test_it_opens_on_the_published_margin_and_gives_nothing_away() -> None:
    app = open_page()
    assert labelled(app.number_input, "margin").value == 0.9
    assert app.query_params == {}
    assert "Nothing is scored yet" in said(app)
    assert "slower rate" not in said(app)


def test_the_known_winner_wins_and_the_page_says_what_that_teaches() -> None:
    app = open_page(**WINNER)
    press(app, "Play five worlds")
    assert [head.value for head in app.subheader] == [words.VERDICTS["won"]]
    assert "slower rate" in said(app)
    table = app.get("html")[0].proto.body
    assert table.count("<tr>") == 1 + len(SEEDS) + 1
    assert app.query_params == WINNER


def test_the_published_margin_loses_and_the_best_is_kept() -> None:
    app = open_page(**WINNER)
    press(app, "Play five worlds")
    app.select_slider[0].set_value(1.0)
    labelled(app.number_input, "negative weight").set_value(2.0)
    labelled(app.number_input, "margin").set_value(0.9).run()
    assert any("changed since" in caption.value for caption in app.caption)
    press(app, "Play five worlds")
    assert [head.value for head in app.subheader] == [words.VERDICTS["lost"]]
    assert "Best of 2 in this session: margin 0.6" in said(app)
    assert app.query_params["margin"] == "0.9"
    press(app, "Take it")
    assert app.query_params == WINNER


def test_the_address_holds_any_rate() -> None:
    app = open_page(**{**WINNER, "rate": "0.37"})
    assert app.select_slider[0].value == 0.37
    assert len(app.info) == 0


def test_nonsense_in_the_address_is_answered() -> None:
    app = open_page(margin="7", weight="heavy", rate="-1", seed="3")
    note = app.info[0].value
    for word in ("margin", "weight", "rate", "unknown"):
        assert f"**{word}**" in note
    assert labelled(app.number_input, "margin").value == 1.0
    assert labelled(app.number_input, "negative weight").value == 2.0


@pytest.mark.parametrize("extreme", [("-1", "40", "10"), ("1", "0", "0.01"), ("0.6", "40", "10")])
def test_an_extreme_entry_is_scored_or_answered(extreme: tuple[str, str, str]) -> None:
    app = open_page(**dict(zip(("margin", "weight", "rate"), extreme, strict=True)))
    press(app, "Play five worlds")
    assert len(app.subheader) + len(app.warning) == 1


def test_the_knot_gives_margin_and_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    changes: dict[str, float] = {}
    monkeypatch.setattr(settings.STATE, "set", lambda **values: changes.update(values))
    settings.redesign(Design((0.5,), (0.5,), 4.0))
    assert changes == {"margin": 0.5, "weight": 2.0}
    changes.clear()
    settings.redesign(Design((), (), 4.0))
    assert changes == {}


def test_the_words_follow_the_numbers() -> None:
    tie = judge([Round(0.6 + d, 0.6) for d in (0.1, -0.1, 0.05, -0.05, 0.01)])
    assert "it holds 0" in words.sentence(tie)
    lost = judge([Round(0.5, 0.6 + i / 100) for i in range(5)])
    assert "it does not hold 0" in words.sentence(lost)
    assert "\u22120.120" in words.sentence(lost)
    assert "<td>\u22120.120</td></tr></tbody>" in words.points(lost)
    assert words.name(Entry(0.5, 2.0, 0.25)) == "margin 0.5, negative weight 2, 0.25 times the rate"
