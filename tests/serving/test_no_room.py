"""Home and cache folders that cannot be written, or are full: the app starts and works."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from class_load_tab import Tab
from served import Served, waited

from mmcl_core.data import DataError
from mmcl_core.data.published import load_published


@pytest.fixture(params=["full", "read-only"])
def no_room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system and fill it, or forbid writing to it; skip where that fails."""
    folder = tmp_path / "no-room"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("a file system can only be mounted by the administrator of a Linux machine")
    try:
        if request.param == "full":
            with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
                while filler.write(bytes(4096)):
                    pass
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(OSError, match=r"No space left|Read-only"):
            (folder / "more").write_bytes(bytes(8192))
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.slow
def test_the_app_starts_and_trains_without_a_place_to_write(
    no_room: Path, serve: Callable[..., Served]
) -> None:
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PYTHONPYCACHEPREFIX")
    served = serve(**dict.fromkeys(names, str(no_room)))

    async def visit() -> list[str]:
        tab = Tab(served.address, "train", {"epochs": "1"})
        await tab.open()
        await tab.set("train.start", None)
        async with asyncio.timeout(120):
            while not any(text.startswith("Finished") for _, text in tab.texts):
                await asyncio.sleep(0.2)
        for page in ("lab", "challenge", "results", "lessons", ""):
            await tab.go(page)
        await tab.close()
        return tab.errors

    assert waited(visit) == []
    assert "Traceback" not in served.said()


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[str]:
    """Serve a file that is larger than the room there is."""
    place = tmp_path / "web" / "gowalla"
    place.mkdir(parents=True)
    (place / "train.txt").write_bytes(b"0 1 2\n" * 50_000)
    handler = partial(SimpleHTTPRequestHandler, directory=place.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_download_without_a_place_to_write_is_answered_in_a_sentence(
    no_room: Path, downloads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MMCL_DATA", raising=False)
    with pytest.raises(DataError, match="Expected to download") as caught:
        load_published("gowalla", base_url=downloads, cache=no_room / "cache")
    said = str(caught.value)
    assert str(no_room) in said
    assert "No space left" in said or "Read-only" in said
    assert "set MMCL_DATA to the folder that holds it" in said
    assert not list(no_room.rglob("train.txt"))
    del caught
    gc.collect()  # the HTTP client leaves its connection to the collector
