"""Tables, lessons, sweeps and archives: whatever is in the file, it is read or refused in words."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import math
import pickle
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile.nasty import ALL, SECONDS, mutated, nasty, refusal, tried
from hypothesis import strategies as st

from mmcl_app.lessons.loading import FOLDER, Lesson, LessonError, load, load_all
from mmcl_core.data import DataError
from mmcl_core.data.own import Own, read_own
from mmcl_core.data.sheet import MOST_BYTES, read_sheet
from mmcl_core.experiments import read_sweep
from mmcl_core.stories import STORIES
from mmcl_core.trained import Trained

HELD = tempfile.TemporaryDirectory()
PLACE = Path(HELD.name)
assert STORIES  # imported before the clock runs


def in_time(act: Callable[[], None]) -> None:
    start = time.perf_counter()
    act()
    assert time.perf_counter() - start < 5 * SECONDS  # a busy machine may be this much slower


# Tables


def table_read(content: bytes) -> None:
    """Every row is kept or dropped for a reason; ids are texts as they were, ratings numbers."""
    said = refusal(DataError, lambda: accounted(read_own(read_sheet(content), min_positives=3)))
    assert not said or said.startswith("Expected ")
    assert len(said) < 1000


def accounted(own: Own) -> None:
    splits = ("train", "validation", "test")
    kept = sum(own.data.describe()[split] for split in splits)
    assert own.rows == kept + sum(drop.rows for drop in own.dropped)
    for ids in (own.data.user_ids, own.data.item_ids):
        assert all(isinstance(name, str) and 0 < len(name) <= 200 for name in ids)
    assert all(math.isfinite(rating) for rating, _ in own.ratings)


NUMBER = st.one_of(st.integers(0, 5).map(str), nasty)
ROW = st.tuples(st.one_of(st.sampled_from("abc"), nasty), NUMBER, NUMBER, NUMBER)
GOOD = "\n".join(["user,item,rating", *(f"{u},{i},5" for u in "abc" for i in range(6))])


def joined(rows: list[tuple[str, ...]], mark: str, encoding: str) -> bytes:
    return "\n".join(mark.join(row) for row in rows).encode(encoding, "replace")


TABLES = st.builds(
    joined,
    st.lists(ROW, max_size=40),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)


@tried(1000, TABLES)
def test_random_tables(content: bytes) -> None:
    table_read(content)


@tried(700, mutated(GOOD).map(lambda text: text.encode("utf-8", "replace")))
def test_tables_that_are_nearly_right(content: bytes) -> None:
    table_read(content)


@tried(300, st.binary(max_size=400))
def test_bytes_as_a_table(content: bytes) -> None:
    table_read(content)


def zip_bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 50_000_000)
    return held.getvalue()


RIDDLES = {
    "over the limit": b"a,b\n" * (MOST_BYTES // 4 + 1),
    "zip bomb": zip_bomb(),
    "gzip bomb": gzip.compress(b"0" * 20_000_000),
    "bzip2": bz2.compress(b"user,item"),
    "xz": lzma.compress(b"user,item"),
    "pickle": pickle.dumps({"user": [1]}),
    "html": b"<html><script>window.hacked=1</script>, </html>",
    "a long number that is none": b"user,item,rating\na,1," + b"1" * 130_000 + b"x",
    "a long field": b"user,item\na," + b"x" * 200_000,
    "an open quote": b'user,item\na,"' + b"b\n" * 200_000,
    "only line ends": b"\n" * 1_000_000,
    "line ends first": b"\n" * 1000 + GOOD.encode(),
    "only quotes": b'"' * 1_000_000,
    "only commas": b"," * 5_000_000,
    "many columns": b"a," * 500_000,
    "nul bytes": b"user,item\na,\x00",
    "half of UTF-16": codecs.BOM_UTF16_LE + b"u",
    "half letters": "user,item\nZo\u00eb,1".encode()[:-4],
    "surrogates": b"user,item\na,\xed\xa0\x80\n",
}


@pytest.mark.parametrize("name", RIDDLES)
def test_a_hand_made_table(name: str) -> None:
    in_time(lambda: table_read(RIDDLES[name]))


@pytest.mark.parametrize("text", ALL)
def test_an_id_stays_a_text(text: str) -> None:
    quoted = text.replace('"', '""')
    rows = [f'"{quoted}",{item}' for item in range(5)] + [f"bob,{item}" for item in range(5)]
    table_read("\n".join(["user,item", *rows]).encode())


# Lessons


def lesson_read(content: bytes) -> None:
    """A lesson that can be walked, or one line that names the line and the reason."""
    path = PLACE / "mine.toml"
    path.write_bytes(content)
    said = refusal(LessonError, lambda: walkable(load(path)))
    if said:
        found = re.fullmatch(r"mine\.toml, (?:step \d+, )?line (\d+)[^\n]*: expected .*", said)
        assert found
        assert 1 <= int(found[1]) <= content.count(b"\n") + 1
        assert len(said) < 600


def walkable(lesson: Lesson) -> None:
    assert lesson.title.strip()
    assert lesson.steps
    for step in lesson.steps:
        assert step.title.strip()
        assert not step.ask or 1 <= step.answer <= len(step.choices)
        assert step.story in ("", *STORIES)
        if step.done:
            name, wanted = step.done
            assert name != "changed" or all(isinstance(word, str) for word in wanted)
            assert isinstance(wanted, (bool, int, str, tuple))


SHIPPED = (FOLDER / "knot.toml").read_text("utf-8")
VALUES = st.one_of(
    st.sampled_from(
        ['"lab"', '"torn"', "1", "-1", "true", "[]", "{}", "nan", "1979-05-27", '["a"]', "[[1]]"]
    ),
    st.integers().map(str),
    nasty.map(lambda text: f"'{text}'"),
    nasty,
    st.sampled_from(
        ["{ step = 3 }", "{ changed = [{}] }", "{ story = 'x' }", "{ picked = false }"]
    ),
)
FIELDS = ("title", "minutes", "summary", "text", "page", "story", "address", "todo", "done", "ask")
KEYS = st.sampled_from((*FIELDS, "choices", "answer", "reveal", "claims", "done.step", "x.y", "''"))
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(" = ".join),
    st.sampled_from(["[[steps]]", "[steps]", "[[step]]", "[steps.done]", "# x", '"""', "[[[", "]"]),
)


@tried(800, mutated(SHIPPED).map(lambda text: text.encode("utf-8", "replace")))
def test_lessons_that_are_nearly_right(content: bytes) -> None:
    lesson_read(content)


@tried(
    1000,
    st.lists(LINES, max_size=14).map(lambda lines: "\n".join(lines).encode("utf-8", "replace")),
)
def test_random_lessons(content: bytes) -> None:
    lesson_read(content)


STEP = '[[steps]]\ntitle = "a"\ntext = "b"\npage = "lab"\n'
HEAD = 'title = "t"\nminutes = 3\nsummary = "s"\n'


@tried(600, st.lists(st.tuples(KEYS, VALUES).map(" = ".join), max_size=5).map("\n".join))
def test_a_step_with_more_in_it(lines: str) -> None:
    lesson_read((HEAD + STEP + lines).encode("utf-8", "replace"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=" + "[" * 9000,
        "a=" + "{a=" * 3000,
        "minutes=" + "9" * 5000,
        ".".join("a" * 7000) + "=1",
        ".".join(['"a"'] * 3000) + "=1",
        "a={" + ".".join("b" * 7000) + "=1}",
        HEAD.replace("3", "0x" + "f" * 9000) + STEP,
        HEAD + STEP + "claims = [0x" + "f" * 9000 + "]",
        HEAD + STEP + 'claims = ["torn.' + "9" * 9000 + '"]',
        HEAD + STEP * 200,
        "[[steps]]\n" * 1500,
        "x" * 1_000_000,
        "title = 'a'\0",
        "title = '\u202e'\r\rx",
    ],
)
def test_a_hand_made_lesson(text: str) -> None:
    in_time(lambda: lesson_read(text.encode()))


def test_binary_and_other_encodings_as_a_lesson() -> None:
    for content in (
        bytes(range(256)),
        SHIPPED.encode("utf-16"),
        zip_bomb()[:9000],
        b"\xef\xbb\xbf",
    ):
        lesson_read(content)
    lesson_read(SHIPPED.replace("\n", "\r\n").encode("utf-8-sig"))


def test_what_is_no_file_is_a_problem_like_others(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "<b> `x`\n.toml").write_text(SHIPPED)
    (tmp_path / "good.toml").write_text(SHIPPED)
    lessons, problems = load_all(tmp_path)
    assert list(lessons) == ["good"]
    assert len(problems) == 3
    assert not any("\n" in problem for problem in problems)


# Sweeps and archives


def sweep_read(content: bytes) -> None:
    path = PLACE / "sweep.toml"
    path.write_bytes(content)
    assert len(refusal(ValueError, lambda: read_sweep(path))) < 3000


SWEEP = (Path(__file__).parents[2] / "experiments" / "films.toml").read_text("utf-8")


@tried(300, mutated(SWEEP).map(lambda text: text.encode("utf-8", "replace")))
def test_sweeps_that_are_nearly_right(content: bytes) -> None:
    sweep_read(content)


def test_a_sweep_of_endless_combinations() -> None:
    lists = "\n".join(f"{key} = {list(range(1, 200))}" for key in ("epochs", "dim", "negatives"))
    search = lists.replace("negatives", "batch_size")
    for text in (
        f'data = "movielens"\nnegatives = [10]\n[runs.a]\nloss = "ccl"\n[runs.a.search]\n{search}',
        "a=" + "[" * 9000,
        ".".join("a" * 3000) + "=1",
    ):
        in_time(lambda text=text: sweep_read(text.encode()))
        with pytest.raises(ValueError, match="Expected"):
            read_sweep(PLACE / "sweep.toml")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (PLACE / "ran",)


def archive(**arrays: Any) -> bytes:
    held = io.BytesIO()
    np.savez(held, **arrays)
    return held.getvalue()


PACKED = archive(**{"meta.json": np.frombuffer(b'{"format": "x"}', np.uint8), "users": np.eye(2)})


def archive_read(content: bytes) -> None:
    (PLACE / "trained.npz").write_bytes(content)
    with pytest.raises(ValueError, match="Expected"):
        Trained.load(PLACE)
    assert not (PLACE / "ran").exists()


@tried(
    300,
    st.one_of(
        st.binary(max_size=200),
        mutated(PACKED.decode("latin-1")).map(lambda text: text.encode("latin-1", "replace")),
    ),
)
def test_bytes_as_a_trained_model(content: bytes) -> None:
    archive_read(content)


def test_a_trained_model_runs_nothing() -> None:
    objects = np.empty(1, object)
    objects[0] = Bomb()
    for content in (pickle.dumps(Bomb()), archive(**{"meta.json": objects}), zip_bomb()):
        archive_read(content)
