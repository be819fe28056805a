"""A person's own table: guesses, what is dropped and why, and that nonsense is only refused."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.data import DataError, load
from mmcl_core.data import sheet as sheets
from mmcl_core.data.own import read_own
from mmcl_core.data.sheet import Columns, read_sheet

PEOPLE = ("ann", "bob", "cleo")


def table(rows: list[list[object]], mark: str = ",", header: str = "user,item,rating") -> bytes:
    lines = [header.replace(",", mark)] if header else []
    lines += [mark.join(map(str, row)) for row in rows]
    return "\n".join(lines).encode()


def plain(people: tuple[str, ...] = PEOPLE, items: int = 6) -> list[list[object]]:
    return [[person, item, 5] for person in people for item in range(items)]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(mark: str, end: str) -> None:
    content = table(plain(), mark).replace(b"\n", end.encode())
    sheet = read_sheet(content)
    assert sheet.separator == mark
    assert read_own(sheet).data.n_users == 3


@pytest.mark.parametrize(
    ("header", "columns", "sure"),
    [
        ("user_id,movieId,rating,timestamp", Columns(0, 1, 2, 3), True),
        ("timestamp,stars,business_id,user_id", Columns(3, 2, 1, 0), True),
        ("ISBN,User-ID,Book-Rating,age", Columns(1, 0, 2, None), True),
        ("a,b,c,d", Columns(0, 1, None, None), False),
        ("customer,colour,shape,size", Columns(0, 1, None, None), False),
    ],
)
def test_columns_are_guessed_from_names(header: str, columns: Columns, sure: bool) -> None:
    rows: list[list[object]] = [[u, i, 3, 1_000_000_000 + i] for u in "xyz" for i in range(6)]
    sheet = read_sheet(table(rows, header=header))
    assert (sheet.guess, sheet.sure) == (columns, sure)
    assert sheet.has_header


def test_without_a_header_columns_are_guessed_from_content_and_asked_for() -> None:
    rows: list[list[object]] = [[u, 100 + i, 4, 1_000_000_000] for u in range(3) for i in range(6)]
    sheet = read_sheet(table(rows, header=""))
    assert not sheet.has_header
    assert not sheet.sure
    assert sheet.names == ("column 1", "column 2", "column 3", "column 4")
    assert sheet.guess == Columns(0, 1, 2, 3)
    assert read_own(sheet).rows == 18


def test_names_of_people_are_no_header() -> None:
    sheet = read_sheet(table(plain(), header=""))
    assert not sheet.has_header
    assert read_own(sheet).data.user_ids.tolist() == ["ann", "bob", "cleo"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_other_lands(encoding: str) -> None:
    content = table(plain(("Zoë", "Jürgen"))).decode().encode(encoding)
    assert set(read_own(read_sheet(content)).data.user_ids) == {"Zoë", "Jürgen"}


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    sheet = read_sheet(codecs.BOM_UTF8 + table(plain(), header="user,item,rating"))
    assert sheet.names == ("user", "item", "rating")


def test_quotes_hold_separators_line_ends_and_quotes() -> None:
    rows = [[f'"{name}, ""the"" one\nof two"', item, 5] for name in "ab" for item in range(5)]
    own = read_own(read_sheet(table(rows)))
    assert own.data.user_ids.tolist() == ['a, "the" one\nof two', 'b, "the" one\nof two']


def test_every_dropped_row_has_a_reason() -> None:
    rows = [
        *plain(),
        ["ann", 0, 5],  # came before
        ["ann", 9, 3],  # rated below 4
        ["bob", 8, "nan"],
        ["bob", 8, "good"],
        ["bob", 8, "1e999"],
        ["", 1, 5],
        ["dave", "", 5],
        ["dave", 1, 5],  # one of one
        ["x" * 201, 1, 5],
        ["short"],
        ["long", 1, 5, 1],
    ]
    own = read_own(read_sheet(table(rows)))
    assert {d.reason: d.rows for d in own.dropped} == {
        "without 3 fields": 2,
        "without a user or an item": 2,
        "with an id longer than 200 characters": 1,
        "with a rating that is no number": 3,
        "rated below 4": 1,
        "a pair that came before": 1,
        "of users with fewer than 5 positives": 1,
    }
    kept = sum(own.data.describe()[split] for split in ("train", "validation", "test"))
    assert own.rows == len(rows) == kept + sum(d.rows for d in own.dropped)
    assert own.least == 4.0
    assert own.ratings == ((3.0, 1), (5.0, 20))


def test_decimal_commas_and_another_scale() -> None:
    rows = [[person, item, "7,5" if item else "10"] for person in PEOPLE for item in range(6)]
    own = read_own(read_sheet(table(rows, ";")), least=7.5)
    assert own.data.describe()["train"] == 12
    with pytest.raises(DataError, match="at least 2 users with 5 or more items"):
        read_own(read_sheet(table(rows, ";")))  # 80% of 10: one item each is left


def test_no_rating_column_makes_every_row_a_positive() -> None:
    own = read_own(read_sheet(table(plain())), Columns(0, 1))
    assert own.least is None
    assert own.ratings == ()


def test_the_same_seed_splits_alike_whatever_the_order_of_rows() -> None:
    rows = plain(items=12)
    one = read_own(read_sheet(table(rows)), seed=3).data
    other = read_own(read_sheet(table(rows[::-1])), seed=3).data
    assert np.array_equal(one.test.items, other.test.items)
    assert not np.array_equal(
        one.test.items, read_own(read_sheet(table(rows)), seed=4).data.test.items
    )


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("bomb.csv", b"0" * 1000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b" \n\n ", "an empty file"),
        (b"user\nann\nbob\n", "a comma, a semicolon or a tab"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary content"),
        (bytes(range(32)) * 10, "binary content"),
        (zipped(), "a zip file"),
        (gzip.compress(b"user,item"), "a gzip file"),
        (b"," * 60 + b"\n" + b"," * 59 + b"a", "2 to 50 columns"),
        (b"user,item\n", "none"),
        (b'user,item\n"' + b"a" * 200_000, "Look for a quote left open"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_own(read_sheet(content))


def test_limits_are_stated_and_enforced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 18)
    assert read_own(read_sheet(table(plain()))).rows == 18
    monkeypatch.setattr(sheets, "MOST_ROWS", 17)
    with pytest.raises(DataError, match="at most 17 rows"):
        read_own(read_sheet(table(plain())))
    with pytest.raises(DataError, match="at most 20 MB"):
        read_sheet(b"a,b\n" * 6_000_000)


@pytest.mark.parametrize(
    "columns", [Columns(0, 0), Columns(0, 3), Columns(-1, 1), Columns(0, 1, 1)]
)
def test_columns_have_to_be_different_ones_of_the_table(columns: Columns) -> None:
    with pytest.raises(DataError, match="Choose each column once"):
        read_own(read_sheet(table(plain())), columns)


def read_or_refuse(content: bytes) -> None:
    with contextlib.suppress(DataError):
        read_own(read_sheet(content))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read_or_refuse(content)


FIELDS = st.one_of(
    st.sampled_from(["", '"', "=1+1", "<script>", "../../x", "nan", "inf", "-0", "1e400", "\x00"]),
    st.text(max_size=8),
    st.integers().map(str),
)


@given(st.lists(st.lists(FIELDS, max_size=5), max_size=30), st.sampled_from(",;\t"))
def test_any_table_is_read_or_refused(rows: list[list[str]], mark: str) -> None:
    read_or_refuse("\n".join(mark.join(row) for row in rows).encode("utf-8", "replace"))


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_bytes(table(plain()))
    data = load(tmp_path / "shop.csv", seed=1)
    assert (data.name, data.n_users, data.n_items) == ("shop", 3, 6)
