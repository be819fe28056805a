"""A reader's own table in Train: chosen, shown, trained, asked about; nonsense is answered."""

from __future__ import annotations

import ast
import csv
import gc
import json
import os
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.train import own, settings, source
from mmcl_app.train.advice import WORTH
from mmcl_app.train.card import warnings
from mmcl_app.train.home import code
from mmcl_app.train.job import Job
from mmcl_app.train.source import Origin, Source
from mmcl_core.data import Columns, from_pairs, read_own, read_sheet
from mmcl_core.training import TrainConfig

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "app" / "views" / "train.py"
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/x.png) **b** $x$ :red[y]",
    "=1+1",
    "x" * 190,
    "a|`b`|c",
    "ünïcödé 🎈",
)


def table(people: int = 60, items: int = 40, each: int = 8, header: str = "customer,product,stars"):
    rng = np.random.default_rng(0)
    rows = [
        f"person {u},thing {i},{4 + i % 2}"
        for u in range(people)
        for i in rng.choice(items, each, replace=False)
    ]
    return "\n".join([header, *rows]).encode()


def open_own(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.query_params = {"data": "own", "epochs": "1", **query}
    app.run()
    assert not app.exception
    return app


def give(app: AppTest, content: bytes, name: str = "shop.csv") -> AppTest:
    app.file_uploader(key="train.table").upload(name, content, "text/csv").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    blocks = (*app.get("html"), *app.markdown, *app.caption, *app.warning, *app.info, *app.error)
    return "\n".join(str(getattr(block.proto, "body", "")) for block in blocks)


def wait(app: AppTest, key: str = "train/job") -> AppTest:
    job: Job = app.session_state[key]
    end = time.monotonic() + 120
    while job.view().busy:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    app.run()
    assert not app.exception
    return app


def keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


def test_without_a_table_there_is_nothing_to_start() -> None:
    app = open_own()
    assert "For example" in said(app)
    assert "train.start" not in keys(app)
    assert "20 MB" in app.file_uploader(key="train.table").label


def test_a_table_gets_a_card_and_is_trained_like_the_films() -> None:
    app = give(open_own(), table() + b"\nperson 1,,5\nperson 2,thing 1,oops")
    assert [(m.label, m.value) for m in app.metric][:3] == [
        ("Users", "60"),
        ("Items", "40"),
        ("Likes", "480"),
    ]
    words = said(app)
    assert "Of 482 rows, 480 were kept" in words
    assert "1 without a user or an item" in words
    assert "1 with a rating that is no number" in words
    assert "Times are not used" in words
    app.button(key="train.start").click().run()
    wait(app)
    words = said(app)
    assert "Does MMCL pay on your data?" in words
    assert "over the 60 users" in words
    assert "Most liked items, for everybody" in words
    assert "An item's neighbours" in "\n".join(s.value for s in app.subheader)
    assert "film" not in words.replace("on films", "").lower()
    assert sum(b.proto.body.count("<li") for b in app.get("html")) == 60
    config = app.session_state["train/job"].view().lanes[0].config
    assert f"--data shop.csv --batch-size {config.batch_size}" in app.code[0].value


def test_the_address_holds_the_settings_and_no_word_of_the_table() -> None:
    app = give(open_own(), table())
    app.button(key="train.start").click().run()
    wait(app)
    query = dict(app.query_params)
    assert {
        "data": "own",
        "usercol": "1",
        "itemcol": "2",
        "ratingcol": "3",
    }.items() <= query.items()
    assert not any("person" in word or "thing" in word or "shop" in word for word in query.values())
    again = open_own(**{**query, "itemcol": "3", "ratingcol": "-1", "usercol": "2"})
    assert "choose it again" in said(again)
    assert "train.start" not in keys(again)
    give(again, table())
    assert again.selectbox(key="train.usercol").value == 2
    assert again.selectbox(key="train.itemcol").value == 3


def test_columns_are_asked_for_when_their_names_say_nothing() -> None:
    app = give(open_own(), table(header="a,b,c"))
    assert any("check the choice" in warning.value for warning in app.warning)
    app.selectbox(key="train.itemcol").set_value(1).run()
    assert "a different column" in app.error[0].value
    assert "Nothing is lost" in said(app)
    assert "train.start" not in keys(app)
    app.selectbox(key="train.usercol").set_value(2).run()
    assert not app.error
    assert app.metric[0].value == "40"


def test_another_table_is_read_by_its_own_columns() -> None:
    app = give(open_own(), table(header="a,b,c"))
    app.selectbox(key="train.ratingcol").set_value(own.NONE).run()
    app.file_uploader(key="train.table").set_value(None).run()
    give(app, table())
    assert app.query_params["ratingcol"] == "3"
    assert "A like is a rating of 4 or more" in said(app)


def test_the_threshold_is_shown_and_can_be_moved() -> None:
    app = give(open_own(), table())
    (box,) = [number for number in app.number_input if number.label == "A like from rating"]
    assert box.value == 4
    box.set_value(5.0).run()
    assert "rated below 5" in said(app)
    assert app.query_params["least"] == "5"
    app.selectbox(key="train.ratingcol").set_value(own.NONE).run()
    assert "rated below" not in said(app)
    assert not [number for number in app.number_input if number.label == "A like from rating"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"\x00\x01\x02" * 400, "binary"),
        (b"PK\x03\x04" + b"x" * 100, "a zip file"),
        (b"one column\nfoo\nbar", "a comma, a semicolon or a tab"),
        (b"user,item\nann,1\nbob,2", "at least 2 users with 5 or more items"),
        (b"user,item\n" + b"ann,1\n" * 50, "at least 2 users"),
        (b'user,item\n"ann,1\nbob,2', "Expected"),
        (b"user,item\n<script>x</script>,1", "Expected"),
    ],
    ids=["empty", "binary", "zip", "column", "few", "one", "quote", "script"],
)
def test_what_cannot_be_used_is_a_sentence_and_the_next_table_works(
    content: bytes, words: str
) -> None:
    app = give(open_own(), content)
    assert words in app.error[0].value.replace("\\", "")
    assert "train.start" not in keys(app)
    give(app, table())
    assert not app.error
    assert "train.start" in keys(app)


def test_ids_are_text_everywhere() -> None:
    rows = [f'<b>u{u}</b>,"{e}",5' for u in range(60) for e in EVIL]
    content = "\n".join(["<h1>user,*item*,rating", *rows]).encode()
    app = give(open_own(), content, "<img src=x>.csv")
    app.button(key="train.start").click().run()
    wait(app)
    for block in app.get("html"):
        for tag in ("<script", "<img", "<b>u", "<h1"):
            assert tag not in block.proto.body
    for block in (*app.markdown, *app.caption, *app.warning):
        assert "](http" not in block.value
        assert "<img" not in block.value.replace("\\<", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said(app)


def gone(*held: weakref.ref) -> bool:
    for _ in range(100):
        gc.collect()
        if all(ref() is None for ref in held):
            return True
        time.sleep(0.05)
    return False


def test_another_table_stops_what_runs_and_lets_go_of_the_first() -> None:
    app = give(open_own(epochs="100"), table(people=400, each=20))
    app.button(key="train.start").click().run()
    job: Job = app.session_state["train/job"]
    held = weakref.ref(app.session_state["train/table"]), weakref.ref(job.data)
    give(app, table(people=70), "other.csv")
    assert "train/job" not in app.session_state
    end = time.monotonic() + 60
    while job.view().busy:
        assert time.monotonic() < end, "the job goes on"
        time.sleep(0.02)
    assert app.metric[0].value == "70"
    del job
    assert gone(*held), "somebody still holds the first table"


def test_a_table_that_was_trained_on_is_let_go_of() -> None:
    app = give(open_own(), table())
    app.button(key="train.probe").click().run()
    wait(app, "train/probe")
    app.button(key="train.start").click().run()
    wait(app)
    assert "Does MMCL pay" in said(app)
    data = weakref.ref(app.session_state["train/job"].data)
    sheet = weakref.ref(app.session_state["train/table"].sheet)
    app.file_uploader(key="train.table").set_value(None).run()
    assert not app.exception
    assert gone(data, sheet), "somebody still holds the table"


def test_a_table_can_be_taken_away() -> None:
    app = give(open_own(), table())
    app.file_uploader(key="train.table").set_value(None).run()
    assert "train/table" not in app.session_state
    assert "choose it again" in said(app)


def test_margins_are_suggested_and_used() -> None:
    app = give(open_own(), table(people=120))
    app.button(key="train.probe").click().run()
    wait(app, "train/probe")
    assert "Suggested for lane C" in said(app)
    assert "After a short training, of random pairs" in said(app)
    app.button(key="train.use").click().run()
    assert app.query_params["c"].startswith("mmcl~")
    assert app.query_params["c"] != "mmcl~0.2_0.4_0.6_0.8~0.05_0.15_0.2_0.6~60~1"
    assert app.button(key="train.use").disabled
    again = app.query_params["c"]
    app.button(key="train.probe").click().run()
    wait(app, "train/probe")
    assert app.button(key="train.use").disabled, "the same data and seed, the same margins"
    assert app.query_params["c"] == again


def test_what_the_suggestion_is_worth_is_what_was_measured() -> None:
    def gains(against: str) -> list[tuple[float, str]]:
        chosen = [row for row in measured if row["against"] == against]
        return [(float(row["gain"]), row["verdict"]) for row in chosen]

    with (ROOT / "docs" / "results" / "suggestion.csv").open(newline="") as file:
        measured = list(csv.DictReader(file))
    preset = gains("preset for films")
    better = sorted(round(100 * gain) for gain, word in preset if word == "higher")
    worse = sorted((round(-100 * gain) for gain, word in preset if word == "lower"))
    assert (len(better), better[0], better[-1], worse) == (3, 4, 5, [6, 9])
    assert "on three, by 4% to 5%, and worse on two, by 6% and 9%" in WORTH
    words = [word for _, word in gains("best of the MMCL grid")]
    assert [words.count(w) for w in ("lower", "no measurable difference", "higher")] == [3, 1, 1]
    with (ROOT / "docs" / "results" / "suggestion-runs.csv").open(newline="") as file:
        runs = [row for row in csv.DictReader(file) if row["seed"] == "0"]
    weights: dict[str, dict[str, float]] = {}
    for row in runs:
        weight = json.loads(row["settings"])["negative_weight"]
        weights.setdefault(row["data"], {})[row["method"]] = weight
    lighter = [w["best of the MMCL grid"] < w["suggested"] for w in weights.values()]
    assert (len(lighter), sum(lighter)) == (5, 4)


def test_few_users_and_odd_ratings_are_said() -> None:
    few = read_own(read_sheet(table(people=12)))
    assert any("Only 12 users" in words for words in warnings(few))
    counts = b"user,item,plays\n" + b"\n".join(
        f"u{u},i{i},{1000 if i < 6 else 1}".encode() for u in range(60) for i in range(60)
    )
    plays = read_own(read_sheet(counts), Columns(0, 1, 2))
    assert any("counts or amounts" in words for words in warnings(plays))
    assert any("first 20 hold all" in words for words in warnings(plays))


def test_a_table_too_wide_to_rank_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MOST_CELLS", 1000)
    app = give(open_own(), table())
    assert "Keep fewer users" in app.error[0].value


def test_epochs_are_capped_where_data_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = settings.films().data
    assert settings.most_epochs(data, 10) == settings.MOST_EPOCHS
    assert settings.most_epochs(data, 200) == settings.MOST_EPOCHS
    monkeypatch.setattr(settings, "MOST_WORK", 3 * len(data.train) * 30)
    assert settings.most_epochs(data, 10) == settings.LEAST_EPOCHS


@pytest.mark.parametrize("usual", [True, False])
def test_the_script_of_a_table_reads_it_as_the_page_did(tmp_path: Path, usual: bool) -> None:
    content = table(people=40)
    name = 'it\'s a "shop".csv'
    (tmp_path / name).write_bytes(content)
    columns = Columns(0, 1, 2) if usual else Columns(1, 0, None)
    data = read_own(read_sheet(content), columns).data
    origin = Origin(name, columns, 4.0 if usual else None, usual)
    config = TrainConfig(loss="ccl", epochs=1, batch_size=64)
    script = code({"A": config}, origin)
    assert ("load(" in script) is usual
    job = Job({"A": config}, data)
    job.run()
    (done,) = [found.done for found in job.view().lanes]
    path = tmp_path / "scene.py"
    path.write_text(script, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    printed = ast.literal_eval(ran.stdout.split(" ", 1)[1])
    assert done is not None
    for metric, value in printed.items():
        assert value == pytest.approx(done.test[metric], abs=1e-4)


def test_neighbours_ask_less_of_sparse_data() -> None:
    users = np.repeat(np.arange(30), 5)
    sparse = Source(from_pairs(users, np.arange(150) % 75, name="sparse", seed=0))
    assert 1 <= sparse.enough < source.ENOUGH
    assert len(sparse.items) >= source.FEW
