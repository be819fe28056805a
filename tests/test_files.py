"""A file is the whole old one or the whole new one, and nothing that is read can execute."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcl_core import _files
from mmcl_core._files import read_archive, write_archive, write_json

KIND = "a test file of format 1"
META = {"format": KIND, "name": "é", "numbers": [1, 2.5, None]}
ARRAYS = {
    "wide": np.arange(6, dtype=np.float32).reshape(2, 3),
    "model|users.weight": np.array([1e-40, np.nan, -0.0]),
    "empty": np.empty((0, 4), np.int64),
    "single": np.array(3.0),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "file.npz"
    write_archive(path, META, ARRAYS)
    return path


def test_what_was_written_comes_back(path: Path) -> None:
    meta, arrays = read_archive(path, KIND)
    assert meta == META
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes(), "to the last bit"
    assert os.listdir(path.parent) == ["file.npz"]


def test_json_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", {"b": [1, 0.1]})
    assert json.loads((tmp_path / "new" / "a.json").read_text()) == {"b": [1, 0.1]}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.npz, got no such file\. Check the folder"):
        read_archive(tmp_path / "a.npz", KIND)


UNREADABLE = r"Expected a file of this project at file\.npz, got an unreadable one .*delete it"


def test_every_truncation_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=UNREADABLE):
            read_archive(path, KIND)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_harmless(path: Path, place: int, flip: int) -> None:
    write_archive(path, META, ARRAYS)
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] ^= flip
    path.write_bytes(damaged)
    try:
        meta, arrays = read_archive(path, KIND)
    except ValueError as error:
        message = str(error)
    else:  # bytes that nothing depends on, such as a date
        assert meta == META
        assert all(a.tobytes() == ARRAYS[name].tobytes() for name, a in arrays.items())
        return
    assert message.startswith("Expected ")


class Bomb:
    def __reduce__(self) -> tuple:
        return (os.mkdir, ("exploded",))


@pytest.mark.parametrize("kind", ["pickle", "npy", "objects", "zip", "json", "empty"])
def test_files_that_are_not_ours_are_refused(
    kind: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Bomb()))
    elif kind == "npy":
        with path.open("wb") as stream:
            np.save(stream, np.arange(3))
    elif kind == "objects":
        np.savez(path, **{"meta.json": np.array([Bomb()], dtype=object)})
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "hello")
    elif kind == "json":
        path.write_text('{"format": 1}')
    else:
        path.write_bytes(b"")
    with pytest.raises(ValueError, match=UNREADABLE):
        read_archive(path, KIND)
    assert os.listdir(path.parent) == ["file.npz"], "nothing was executed"


@pytest.mark.parametrize("meta", [{}, [KIND], {"format": 1}, {"format": "a checkpoint"}])
def test_another_kind_is_refused(meta: Any, path: Path) -> None:
    packed = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    np.savez(path, **{"meta.json": packed})
    with pytest.raises(ValueError, match=r"Expected a (test )?file of .*, got .*again"):
        read_archive(path, KIND)


def breaking(*_: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("place", ["savez", "fsync", "replace"])
def test_a_failure_in_the_middle_leaves_the_old_file(
    place: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    if place == "savez":

        def half(stream: Any, **_: object) -> None:
            stream.write(b"half a file")
            breaking()

        monkeypatch.setattr(_files.np, "savez", half)
    else:
        monkeypatch.setattr(_files.os, place, breaking)
    with pytest.raises(OSError, match="the disk is full"):
        write_archive(path, {"format": "new"}, {})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["file.npz"], "nothing is left beside it"


def test_what_json_cannot_hold_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_archive(path, {"format": object()}, {})
    with pytest.raises(TypeError):
        write_json(path, {1, 2})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["file.npz"]


WRITER = """
    import sys
    from pathlib import Path
    import numpy as np
    from mmcl_core._files import write_archive

    for n in range(10**9):
        write_archive(Path(sys.argv[1]), {"format": "F", "n": n}, {"a": np.full(100_000, n)})
        print(n, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    for pause in (0.0, 0.002, 0.004):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            for line in writer.stdout:
                if int(line) == 2:
                    break
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
        assert writer.returncode == -signal.SIGKILL
        meta, arrays = read_archive(path, "F")
        assert meta["n"] >= 2
        assert (arrays["a"] == meta["n"]).all()
