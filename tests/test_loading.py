from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.data import DataError, films, load, published, with_validation
from mmcl_core.data.lightgcn import parse

TRAIN = "0 0 1\n1 2 0\n2 3\n"
TEST = "0 2\n1 1\n2\n"


def folder_with(folder: Path, train: str = TRAIN, test: str = TEST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.txt").write_text(train)
    (folder / "test.txt").write_text(test)
    return folder


# A folder in the LightGCN format


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


# Gowalla and Yelp2018: from MMCL_DATA, or downloaded


@pytest.fixture
def no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMCL_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def tiny_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny files above stand for the published ones."""
    sums = {
        part: hashlib.md5(text.encode()).hexdigest()
        for part, text in (("train", TRAIN), ("test", TEST))
    }
    monkeypatch.setitem(published.MD5, "gowalla", sums)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        super().do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, no_folder: None) -> Iterator[tuple[str, Path, list[str]]]:
    """Serve a folder; give its address, the folder and the list of paths asked for."""
    root = tmp_path / "served"
    folder_with(root / "gowalla")
    asked: list[str] = []
    handler = type("Handler", (QuietHandler,), {"requests": asked})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=root)
    ) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}", root, asked
        httpd.shutdown()
        thread.join()


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("tiny_sums")
def test_a_download_is_checked_and_kept(server, tmp_path: Path) -> None:
    address, _, asked = server
    cache = tmp_path / "cache"
    for _ in range(2):
        data = published.load_published("gowalla", base_url=address, cache=cache)
        assert data.name == "gowalla"
        assert len(data.train) == 5
    assert asked == ["/gowalla/train.txt", "/gowalla/test.txt"]
    assert files_below(cache) == ["test.txt", "train.txt"]


@pytest.mark.usefixtures("tiny_sums")
def test_load_downloads_from_the_address_of_the_package(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "BASE_URL", server[0])
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "home" / name)
    assert load("gowalla").n_users == 3
    assert files_below(tmp_path / "home" / "mmcl-lab" / "gowalla") == ["test.txt", "train.txt"]


@pytest.mark.usefixtures("tiny_sums")
def test_a_damaged_file_in_the_cache_is_fetched_again(server, tmp_path: Path) -> None:
    address, _, asked = server
    folder_with(tmp_path / "cache" / "gowalla", train="0 0\n")
    data = published.load_published("gowalla", base_url=address, cache=tmp_path / "cache")
    assert len(data.train) == 5
    assert asked == ["/gowalla/train.txt"]


@pytest.mark.usefixtures("tiny_sums")
def test_a_wrong_checksum_keeps_nothing(server, tmp_path: Path) -> None:
    address, root, _ = server
    folder_with(root / "gowalla", train=TRAIN + "3 0\n")
    with pytest.raises(DataError, match="md5 sum .*/gowalla/train.txt, got .*MMCL_DATA") as caught:
        published.load_published("gowalla", base_url=address, cache=tmp_path / "cache")
    assert published.MD5["gowalla"]["train"] in str(caught.value)
    assert files_below(tmp_path / "cache") == []


@pytest.mark.usefixtures("tiny_sums")
def test_a_download_that_breaks_off_keeps_nothing(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(self: QuietHandler) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(TRAIN)))
        self.end_headers()
        self.wfile.write(TRAIN[:5].encode())

    monkeypatch.setattr(QuietHandler, "do_GET", half)
    with pytest.raises(DataError, match="Expected to download"):
        published.load_published("gowalla", base_url=server[0], cache=tmp_path / "cache")
    assert files_below(tmp_path / "cache") == []


def test_a_file_that_is_not_there(server, tmp_path: Path) -> None:
    address, _, _ = server
    with pytest.raises(DataError, match=r"download .*/yelp2018/train.txt .*404.*MMCL_DATA"):
        published.load_published("yelp2018", base_url=address, cache=tmp_path / "cache")
    assert files_below(tmp_path / "cache") == []


@pytest.mark.usefixtures("no_folder")
def test_an_unreachable_address(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound but not listening: a connection is refused
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(DataError, match=f"download {address}/gowalla/train.txt") as caught:
            published.load_published("gowalla", base_url=address, cache=tmp_path / "cache")
    assert "Check the connection." in str(caught.value)
    assert "set MMCL_DATA to the folder" in str(caught.value)
    assert files_below(tmp_path / "cache") == []


@pytest.mark.usefixtures("tiny_sums")
@pytest.mark.parametrize("packed", [False, True])
def test_the_folder_in_mmcl_data_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    folder = folder_with(tmp_path / "gowalla")
    if packed:
        for path in list(folder.iterdir()):
            path.with_suffix(".txt.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    assert len(load("gowalla").train) == 5
    monkeypatch.setenv("MMCL_DATA", "nowhere")
    assert len(load("gowalla", folder=tmp_path).train) == 5


def test_a_changed_file_in_the_folder_is_said_aloud(tmp_path: Path) -> None:
    folder_with(tmp_path / "gowalla")
    with pytest.warns(UserWarning, match="not the published (train|test) file of gowalla"):
        assert load("gowalla", folder=tmp_path).n_users == 3


def test_mmcl_data_without_the_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"train\.txt or .* in .*yelp2018, got no such file.*unset"):
        load("yelp2018")
    monkeypatch.setenv("MMCL_DATA", str(tmp_path / "gone"))
    with pytest.raises(DataError, match="got no folder .*gone.*Set MMCL_DATA"):
        load("yelp2018")


@pytest.mark.slow
@pytest.mark.skipif("MMCL_DATA" not in os.environ, reason="MMCL_DATA names no folder")
@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("gowalla", (29_858, 40_981, 810_128, 0, 217_242)),
        ("yelp2018", (31_668, 38_048, 1_237_259, 0, 324_147)),
    ],
)
def test_the_published_files(name: str, numbers: tuple[int, ...]) -> None:
    data = load(name)  # a changed file would warn, and a warning fails a test
    described = data.describe()
    found = tuple(described[key] for key in ("users", "items", "train", "validation", "test"))
    assert found == numbers
    assert with_validation(data).train.counts.min() >= 7


# The films in the package


def test_films_are_the_documented_set() -> None:
    data = load("movielens")
    assert data.name == "movielens"
    assert data.describe() == {
        "users": 659,
        "items": 6169,
        "train": 36598,
        "validation": 4889,
        "test": 10048,
        "density": 51535 / (659 * 6169),
    }
    everyone = data.known("test").union(data.test)
    assert everyone.counts.min() == 5
    assert (everyone.popularity == 1).sum() == 2290


def test_films_have_names() -> None:
    data = load("movielens")
    assert data.titles is not None
    assert data.years is not None
    assert data.genres is not None
    toys = data.item_ids.tolist().index(1)
    assert data.titles[toys] == "Toy Story (1995)"
    assert data.years[toys] == 1995
    assert data.genres[toys] == ("Adventure", "Animation", "Children", "Comedy", "Fantasy")
    nameless = data.item_ids.tolist().index(108583)
    assert data.titles[nameless] == "Film 108583 (title missing)"
    assert data.years[nameless] is None
    assert data.genres[data.item_ids.tolist().index(151307)] == ()
    assert all(data.titles)


def test_the_seed_decides_the_split_of_the_films() -> None:
    first, again, other = load("movielens"), load("movielens", seed=0), load("movielens", seed=1)
    assert np.array_equal(first.test.codes, again.test.codes)
    assert not np.array_equal(first.test.codes, other.test.codes)
    assert first.titles == other.titles


def test_the_tables_are_whole() -> None:
    ratings, listed = films.read_table("ratings.csv"), films.read_table("films.csv")
    assert len(ratings) == 100_004
    assert ratings["user"].nunique() == 671
    assert len(listed) == 9066
    assert set(ratings["film"]) == set(listed["film"])
    assert listed["title"].isna().sum() == 5


def test_a_damaged_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(films.SHA256, "films.csv", "0" * 64)
    with pytest.raises(DataError, match=r"sha256 sum 0+ of films\.csv.*Install the package again"):
        load("movielens")
