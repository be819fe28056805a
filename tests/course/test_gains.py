"""Gains of the stored table, drawn for the course."""

from __future__ import annotations

import course
import pandas as pd
import pytest

ROW = {"gain": 0.2, "gain_low": 0.1, "gain_high": 0.3, "mean_theirs": 0.1}
TABLE = pd.DataFrame(
    [
        {"data": "movielens", "negatives": 1, **ROW, "of_seeds": "0.010000 0.030000"},
        {"data": "movielens", "negatives": 10, **ROW, "of_seeds": "0.020000"},
        {"data": "my-shop", "negatives": 10, **ROW, "of_seeds": "-0.010000"},
    ]
)


def test_a_set_for_each_data_set_and_seeds_as_shares_of_the_mean() -> None:
    films, shop = course.gain_sets(TABLE)
    assert (films.label, shop.label) == ("MovieLens films", "my-shop")
    assert [gain.n for gain in films.gains] == [1, 10]
    assert films.gains[0].of_seeds == pytest.approx((0.1, 0.3))
    assert shop.gains[0].of_seeds == pytest.approx((-0.1,))
    assert films.gains[1][1:4] == (0.2, 0.1, 0.3)


def test_the_figure_lies_on_a_card_of_its_colours() -> None:
    cards = []
    for mode in ("dark", "light"):
        course.setup(mode)
        figure = course.gain_figure(course.gain_sets(TABLE), (-0.1, 0.5))
        cards.append(figure.layout.paper_bgcolor)
        assert tuple(figure.layout.yaxis.range) == (-10, 50)
        assert list(figure.data[0].y) == [20, 20]
    assert len(set(cards)) == 2
