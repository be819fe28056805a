"""A folder in the LightGCN format is read, or what is wrong with it is said."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from folders import TEST, TRAIN, folder_with
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.data import DataError, load
from mmcl_core.data.lightgcn import parse


def test_a_folder_is_read(tmp_path: Path) -> None:
    data = load(folder_with(tmp_path / "mine"))
    assert data.name == "mine"
    assert [data.train.of(user).tolist() for user in range(3)] == [[0, 1], [0, 2], [3]]
    assert [data.test.of(user).tolist() for user in range(3)] == [[2], [1], []]
    assert len(data.validation) == 0
    assert data.user_ids.tolist() == [0, 1, 2]
    assert data.item_ids.tolist() == [0, 1, 2, 3]


def test_packed_files_read_the_same(tmp_path: Path) -> None:
    for part, text in (("train", TRAIN), ("test", TEST)):
        (tmp_path / f"{part}.txt.gz").write_bytes(gzip.compress(text.encode()))
    assert len(load(str(tmp_path)).train) == 5


def test_a_validation_file_is_read_if_it_is_there(tmp_path: Path) -> None:
    folder_with(tmp_path)
    (tmp_path / "valid.txt").write_text("2 0\n")
    assert load(tmp_path).validation.of(2).tolist() == [0]


@pytest.mark.parametrize(
    "train",
    [
        TRAIN.replace("\n", "\r\n"),
        TRAIN.replace(" ", "\t"),
        "\ufeff" + TRAIN,
        TRAIN.rstrip("\n"),
        "\n" + TRAIN + "\n\n",
        "0 1\n0 0\n1 2 0 2\n2 3\n",
    ],
    ids=["windows", "tabs", "byte order mark", "no last newline", "blank lines", "repeats"],
)
def test_harmless_differences_are_read(tmp_path: Path, train: str) -> None:
    data = load(folder_with(tmp_path, train=train))
    assert [data.train.of(user).tolist() for user in range(3)] == [[0, 1], [0, 2], [3]]


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("1 2 x", "'x' in '1 2 x'"),
        ("1 2 -3", "'-3' in '1 2 -3'"),
        ("1 2.5", "'2.5' in '1 2.5'"),
        ("1,2,3", "'1,2,3' in '1,2,3'"),
        ("1 1_0", "'1_0' in"),
        ("1 " + "9" * 30, "'" + "9" * 30 + "' in"),
        ("user item", "'user' in 'user item'"),
        ("1 \u00fc", "in '1 \u00fc'"),
        ("1 2 x" + " 3" * 500, "'x' in '1 2 x" + " 3" * 17 + " ...'"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, quoted: str) -> None:
    folder_with(tmp_path)
    (tmp_path / "train.txt").write_text(f"0 0 1\n{line}\n2 3\n", encoding="utf-8")
    with pytest.raises(DataError, match="in line 2 of .*train.txt, got") as caught:
        load(tmp_path)
    assert quoted in str(caught.value)
    assert "Correct this line." in str(caught.value)


@given(st.binary(max_size=60))
def test_nonsense_gives_pairs_or_a_data_error(content: bytes) -> None:
    try:
        users, items, present = parse(content, "train.txt")
    except DataError:
        return
    assert len(users) == len(items)
    assert set(users.tolist()) <= set(present.tolist())


@given(
    st.lists(st.tuples(st.integers(0, 10**14), st.lists(st.integers(0, 10**14), max_size=4))),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_survive_the_round_trip(lines: list[tuple[int, list[int]]], end: str) -> None:
    text = "".join(" ".join(map(str, [user, *items])) + end for user, items in lines)
    users, items, present = parse(text.encode(), "train.txt")
    pairs = [(user, item) for user, of_user in lines for item in of_user]
    assert list(zip(users.tolist(), items.tolist(), strict=True)) == pairs
    assert present.tolist() == [user for user, _ in lines]


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("0 0 1\n2 2\n", "0 2\n", r"user ids 0\.\.2 in .*1 missing \(1\)"),
        ("0 0 9\n1 1\n", "0 1\n", r"item ids 0\.\.9 in .*7 missing \(2, 3, 4, 5, 6, \.\.\.\)"),
        ("1 0 1\n2 1\n", "1 2\n", r"user ids 0\.\.2 in .*1 missing \(0\)"),
        ("0 1\n1 999999999999\n", "0 2\n", r"999999999997 missing \(0, 3, 4, 5, 6, \.\.\.\)"),
    ],
)
def test_gaps_in_the_ids_are_named(tmp_path: Path, train: str, test: str, message: str) -> None:
    with pytest.raises(DataError, match=message + r".*Renumber.*from_pairs"):
        load(folder_with(tmp_path, train=train, test=test))


def test_an_id_may_be_in_test_only(tmp_path: Path) -> None:
    data = load(folder_with(tmp_path, train="0 0 1\n1 1\n", test="2 0\n0 2\n"))
    assert (data.n_users, data.n_items) == (3, 3)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("", TEST, "pairs in the train file of .*, got none"),
        (TRAIN, "0\n1\n", "pairs in the test file of .*, got none"),
        ("0 0 1\n", "0 2\n", "at least 2 users .*, got 1"),
        ("0 0\n1 0\n", "0 0\n", "at least 2 items"),
        (TRAIN, "0 1\n", "1 in both train and test, the first is user 0, item 1"),
    ],
)
def test_data_that_cannot_be_used(tmp_path: Path, train: str, test: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(folder_with(tmp_path, train=train, test=test))


def test_a_missing_folder_or_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="movielens, gowalla, yelp2018, a folder.*'films'"):
        load("films")
    with pytest.raises(DataError, match="none of them"):
        load(tmp_path / "nowhere")
    folder_with(tmp_path)
    (tmp_path / "test.txt").unlink()
    with pytest.raises(DataError, match=r"test\.txt or test\.txt\.gz in .*, got neither"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(TRAIN.encode())[:-9]])
def test_a_damaged_archive(tmp_path: Path, content: bytes) -> None:
    folder_with(tmp_path)
    (tmp_path / "train.txt").unlink()
    (tmp_path / "train.txt.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"readable file at .*train\.txt\.gz, got .*Get the file"):
        load(tmp_path)
