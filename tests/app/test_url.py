"""The address of a page: what it says is used, nonsense is answered, nothing is ever raised."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from mmcl_app.url import (
    MOST_LISTED,
    Choice,
    Choices,
    Field,
    Flag,
    LossSetting,
    Note,
    Number,
    Numbers,
    Whole,
    encode,
    parse,
    words,
)
from mmcl_core.losses import LOSSES, Loss

FIELDS: list[Field] = [
    Number("w", 60.0, 0.0, 1000.0),
    Whole("n", 10, 1, 800),
    Choice("x", "epoch", ("epoch", "seconds")),
    Choices("rivals", (), ("ccl", "bpr", "ssm")),
    Flag("log", False),
    Numbers("margins", (0.2, 0.8), -1.0, 1.0, 6),
    LossSetting("a", ("ccl", Loss("ccl").settings)),
]
DEFAULTS = {field.name: field.default for field in FIELDS}
PIECES = st.sampled_from(
    ["nan", "inf", "-inf", "1e999", "-", "~", "_", ".", "mmcl", "ccl", "0.9", "-3", "٣", "`", "\0"]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
COSINES = st.floats(-1, 1).map(lambda v: float(f"{v:.6g}"))


def one(field: Field, text: str) -> tuple[Any, list[Note]]:
    values, notes = parse([field], {field.name: text})
    return values[field.name], notes


@settings(deadline=None)  # the first example imports the losses
@given(st.dictionaries(st.one_of(st.sampled_from(sorted(DEFAULTS)), TEXTS), TEXTS, max_size=8))
def test_anything_gives_usable_values(query: dict[str, str]) -> None:
    values, notes = parse(FIELDS, query)
    assert 0 <= values["w"] <= 1000
    assert 1 <= values["n"] <= 800
    assert isinstance(values["n"], int)
    assert values["x"] in ("epoch", "seconds")
    assert set(values["rivals"]) <= {"ccl", "bpr", "ssm"}
    assert 1 <= len(values["margins"]) <= 6
    assert all(-1 <= m <= 1 for m in values["margins"])
    Loss(values["a"][0], **values["a"][1])
    for note in notes:
        assert len(note.words()) < 600
    again, complaints = parse(FIELDS, encode(FIELDS, values))
    assert complaints == []
    assert encode(FIELDS, again) == encode(FIELDS, values)


@settings(deadline=None)
@given(
    st.lists(COSINES, min_size=1, max_size=6),
    st.floats(0, 1000).map(lambda v: float(f"{v:.6g}")),
    st.integers(1, 800),
    st.booleans(),
)
def test_what_is_written_is_read_back(margins: list[float], w: float, n: int, log: bool) -> None:
    values = {**DEFAULTS, "margins": tuple(margins), "w": w, "n": n, "log": log}
    assert parse(FIELDS, encode(FIELDS, values)) == (values, [])


def test_an_empty_address_means_the_defaults() -> None:
    assert parse(FIELDS, {}) == (DEFAULTS, [])


@pytest.mark.parametrize(
    ("field", "text", "used"),
    [
        (Number("w", 60.0, 0.0, 1000.0), "1001", 1000.0),
        (Number("w", 60.0, 0.0, 1000.0), "-1", 0.0),
        (Number("w", 60.0, 0.0, 1000.0), "-inf", 0.0),
        (Number("w", 60.0, 0.0, 1000.0), "nan", 60.0),
        (Number("w", 60.0, 0.0, 1000.0), "", 60.0),
        (Number("w", 60.0, 0.0, 1000.0), "much", 60.0),
        (Whole("n", 10, 1, 800), "0", 1),
        (Whole("n", 10, 1, 800), "inf", 800),
        (Whole("n", 10, 1, 800), "2.4", 2),
        (Whole("n", 10, 1, 800), "few", 10),
        (Choice("x", "epoch", ("epoch", "seconds")), "Epoch", "epoch"),
        (Choices("r", ("ccl",), ("ccl", "bpr")), "bpr.xyz", ("bpr",)),
        (Flag("log", True), "yes", True),
        (Numbers("m", (0.5,), -1.0, 1.0, 3), "0.2_9", (0.2, 1.0)),
        (Numbers("m", (0.5,), -1.0, 1.0, 3), "0.1_0.2_0.3_0.4", (0.1, 0.2, 0.3)),
        (Numbers("m", (0.5,), -1.0, 1.0, 3), "0.1_x", (0.5,)),
        (Numbers("m", (0.5,), -1.0, 1.0, 3), "___", (0.5,)),
    ],
)
def test_nonsense_is_clamped_and_named(field: Field, text: str, used: Any) -> None:
    value, notes = one(field, text)
    assert value == used
    assert not isinstance(value, float) or math.isfinite(value)
    (note,) = notes
    assert note.name == field.name
    assert note.got == text
    assert note.used == (", ".join(used) if isinstance(field, Choices) else field.write(used))


def test_order_and_repeats_are_kept() -> None:
    assert one(Numbers("m", (0.5,), -1.0, 1.0, 6), "0.8_0.2_0.8") == ((0.8, 0.2, 0.8), [])
    assert words(" 0.8, 0.2;0.8_1 ") == ["0.8", "0.2", "0.8", "1"]


def test_unknown_words_are_reported_once() -> None:
    _, notes = parse(FIELDS, {"zeta": "1", "alpha": "2"})
    (note,) = notes
    assert note.got == "alpha, zeta"
    assert "margins" in note.expected


def test_what_came_cannot_act_as_markup() -> None:
    note = Note("w", "a number", "`[x](javascript:1)`\n# loud " + "9" * 500, "60")
    said = note.words()
    assert said.count("`") == 2
    assert "\n" not in said
    assert len(said) < 200


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_survives_the_address(name: str) -> None:
    field = LossSetting("a", ("bpr", {}))
    wanted = (name, Loss(name).settings)
    assert one(field, field.write(wanted)) == (wanted, [])


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("ccl~0.8", {"margin": 0.8, "negative_weight": 150.0, "positive_weight": 1.0}),
        ("ccl~x~25", {"margin": 0.9, "negative_weight": 25.0, "positive_weight": 1.0}),
        ("ccl~0.8~25~1~7", {"margin": 0.8, "negative_weight": 25.0, "positive_weight": 1.0}),
    ],
)
def test_a_partly_wrong_loss_keeps_what_is_right(text: str, used: dict[str, float]) -> None:
    (loss, settings), notes = one(LossSetting("a", ("bpr", {})), text)
    assert (loss, settings) == ("ccl", used)
    assert len(notes) == (0 if text == "ccl~0.8" else 1)


def test_a_refused_loss_says_what_the_core_expected() -> None:
    (loss, _), (note,) = one(LossSetting("a", ("bpr", {})), "mmcl~0.2_1.5~0.5_0.5")
    assert loss == "bpr"
    assert "margin" in note.expected
    assert note.used == "bpr"


def test_a_loss_takes_no_endless_list() -> None:
    field = LossSetting("a", ("bpr", {}))
    full = ["_".join(["0.5"] * count) for count in (MOST_LISTED, MOST_LISTED + 1)]
    (loss, settings), notes = one(field, f"mmcl~{full[0]}~{full[0]}")
    assert (loss, len(settings["margins"]), notes) == ("mmcl", MOST_LISTED, [])
    (loss, _), (note,) = one(field, f"mmcl~{full[1]}~{full[1]}")
    assert (loss, note.expected) == ("bpr", "at most 20 numbers in a list")


def test_a_long_choice_is_listed_in_part() -> None:
    _, (note,) = one(Choice("run", "r0", [f"r{i}" for i in range(400)]), "x")
    assert note.expected.endswith("r19, … (400 in all)")


def page() -> None:
    import streamlit as st

    from mmcl_app.state import PageState, arrive
    from mmcl_app.url import Number, Numbers

    path = st.session_state.get("asked for", "t")
    arrive(path)
    if path != "t":
        st.stop()  # left before it was shown
    state = PageState("t", [Number("w", 5.0, 0.0, 10.0), Numbers("m", (0.2, 0.4), -1.0, 1.0, 6)])
    state.open()
    st.slider("w", 0.0, 10.0, **state.bind("w"))
    st.number_input("w, typed", 0.0, 10.0, **state.bind("w", twin=".typed"))
    st.slider("m", -1.0, 1.0, **state.bind("m", 1))
    st.button("link", on_click=lambda: state.set(w=9.0))
    st.text(f"{state['w']:g} {state['m']}")
    state.save()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page, default_timeout=60)


def test_an_untouched_page_keeps_a_bare_address(app: AppTest) -> None:
    app.run()
    assert app.query_params == {}
    assert app.text[0].value == "5 (0.2, 0.4)"


def test_widgets_twins_and_address_agree(app: AppTest) -> None:
    app.run()
    app.slider[0].set_value(7.0).run()
    assert app.number_input[0].value == 7
    assert app.query_params == {"w": "7", "m": "0.2_0.4"}
    app.number_input[0].set_value(3.0).run()
    assert app.slider[0].value == 3
    app.slider[1].set_value(0.9).run()
    app.button[0].click().run()
    assert app.slider[0].value == 9
    assert app.query_params == {"w": "9", "m": "0.2_0.9"}


def test_a_widget_keeps_its_key_only_while_the_reader_moves_it(app: AppTest) -> None:
    app.run()
    keys = app.slider[0].key, app.number_input[0].key
    app.slider[0].set_value(7.0).run()
    assert app.slider[0].key == keys[0]
    assert app.number_input[0].key != keys[1]  # what the browser still has cannot count as typed
    app.slider[0].set_value(6.0).run()
    assert app.slider[0].key == keys[0]
    app.button[0].click().run()
    assert app.slider[0].key != keys[0]
    assert app.slider[0].value == app.number_input[0].value == 9


def test_a_widget_is_told_its_value_in_each_run(app: AppTest) -> None:
    app.query_params = {"w": "7", "m": "0.2_0.9"}
    for _ in range(2):  # the first run may be cut short before the browser hears of it
        app.run()
        told = [w.proto for w in (*app.slider, *app.number_input)]
        assert [proto.default for proto in told] == [[7], [0.9], 7]
        assert not any(proto.set_value for proto in told)


def test_the_same_address_gives_the_same_page(app: AppTest) -> None:
    app.query_params = {"w": "7", "m": "0.2_0.9"}
    app.run()
    assert app.text[0].value == "7 (0.2, 0.9)"
    assert app.query_params == {"w": "7", "m": "0.2_0.9"}
    assert len(app.info) == 0


def test_going_back_takes_the_older_address(app: AppTest) -> None:
    app.query_params = {"w": "7", "m": "0.2_0.9"}
    app.run()
    app.slider[0].set_value(8.0).run()
    app.query_params = {"w": "7", "m": "0.2_0.9"}
    app.run()
    assert app.slider[0].value == 7
    app.query_params = {}
    app.run()
    assert app.text[0].value == "5 (0.2, 0.4)"


def test_a_moved_widget_wins_over_an_address_one_step_behind(app: AppTest) -> None:
    app.run()
    app.slider[0].set_value(8.0).run()
    app.query_params = {}
    app.slider[1].set_value(0.5).run()
    assert app.text[0].value == "8 (0.2, 0.5)"
    assert app.query_params == {"w": "8", "m": "0.2_0.5"}


def test_a_visit_to_another_page_loses_nothing(app: AppTest) -> None:
    app.run()
    app.slider[0].set_value(8.0).run()
    app.session_state["mmcl/here"] = "another"
    app.query_params = {}
    app.run()
    assert app.text[0].value == "8 (0.2, 0.4)"
    assert app.query_params == {"w": "8", "m": "0.2_0.4"}


def test_a_page_left_before_it_was_shown_loses_nothing_of_the_one_before(app: AppTest) -> None:
    app.run()
    app.slider[0].set_value(8.0).run()
    for path in ("another", "t"):
        app.session_state["asked for"] = path
        app.query_params = {}
        app.run()
    assert app.text[0].value == "8 (0.2, 0.4)"
    assert app.query_params == {"w": "8", "m": "0.2_0.4"}


def test_notes_are_shown_until_understood(app: AppTest) -> None:
    app.query_params = {"w": "99", "m": "0.2_0.9"}
    app.run()
    assert "expected a number from 0 to 10, got `99`, used 10" in app.info[0].value
    assert app.query_params["w"] == "10"
    app.slider[1].set_value(0.5).run()
    assert len(app.info) == 1
    app.button(key="mmcl/t/dismiss").click().run()
    assert len(app.info) == 0
    assert app.text[0].value == "10 (0.2, 0.5)"
