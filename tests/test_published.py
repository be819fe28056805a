"""Gowalla and Yelp2018: from MMCL_DATA, or downloaded."""

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

import pytest
from folders import TEST, TRAIN, folder_with

from mmcl_core.data import DataError, load, published, with_validation


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
