"""Sweeps that are killed, interrupted or lose a worker end with the same table."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmcl_core.experiments import CellFailed, Store, Workers, look, read_sweep, run_sweep
from mmcl_core.experiments.tables import markdown, result_rows, table
from mmcl_core.experiments.workers import start_pool

pytestmark = pytest.mark.slow

SWEEP = """
data = "movielens"
negatives = [1, 5]
seeds = [0, 1, 2]
[training]
epochs = 3
dim = 16
[runs.ccl]
preset = "films-ccl"
[runs.mmcl]
preset = "films-mmcl"
"""
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "films.toml"
    path.write_text(SWEEP)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table of the same sweep, run in this process without a break."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "films.toml").write_text(SWEEP)
    run_sweep(read_sweep(folder / "films.toml"), Store(folder / "store"))
    return shown(folder / "films.toml", folder / "store")


def shown(file: Path, store: Path) -> str:
    """Everything a store says of a sweep's 12 cells, without clocks; it must be whole."""
    state = look(read_sweep(file), Store(store))
    assert len(state.records) == state.total == 12
    rows = result_rows(state).drop(columns="seconds")
    histories = [
        {k: repr(v) for k, v in row.items() if k != "seconds"}
        for cell in state.known()
        for row in Store(store).run(cell.name).read_history()
    ]
    assert len(histories) == 12 * 4
    return f"{rows.to_csv()}\n{markdown(table(rows))}\n{histories}"


def start(file: Path, store: Path, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a sweep in a session of its own."""
    words = ["-m", "mmcl_core", "sweep", str(file), "--store", str(store), *options]
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, *words],
            env=ONE_THREAD,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def lines(log: Path, word: str) -> list[str]:
    """The cells that a log says something of, "begins" or "done"."""
    said = [line.split() for line in log.read_text().splitlines()]
    return [words[1].rstrip(":") for words in said if words[:1] == [word]]


def wait_until(what: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_empty(session: int) -> bool:
    """Whether no process of a session is left."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return True
    return False


def finished(file: Path, store: Path) -> set[str]:
    return set(look(read_sweep(file), Store(store)).records)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_killed_at_random_ends_with_the_same_table(
    file: Path, tmp_path: Path, undisturbed: str, workers: int
) -> None:
    chance = random.Random()
    store, kills = tmp_path / "store", 0
    for attempt in range(3):
        log = tmp_path / f"{attempt}.log"
        done = finished(file, store)
        sweep = start(file, store, log, "--workers", str(workers))
        if attempt < 2:
            wait_until(lambda: bool(lines(log, "begins")) or sweep.poll() is not None)  # noqa: B023
            delay = chance.uniform(0, 3)
            print(f"killed {delay:.3f} s after the first cell began")
            time.sleep(delay)
            sweep.kill()
            kills += sweep.wait() == -signal.SIGKILL
            wait_until(lambda: is_empty(sweep.pid))  # noqa: B023 - its workers end by themselves
        else:
            assert sweep.wait(timeout=300) == 0, log.read_text()
        begun = lines(log, "begins")
        assert len(begun) == len(set(begun)), "a cell began twice"
        assert not done & set(begun), "a finished cell began again"
    assert kills, "every sweep was over before it was killed"
    assert shown(file, store) == undisturbed


def test_an_interrupted_sweep_goes_on_in_the_middle_of_a_run(tmp_path: Path, file: Path) -> None:
    file.write_text(SWEEP.replace("epochs = 3", "epochs = 400").replace("[1, 5]", "[5]"))
    store, log = tmp_path / "store", tmp_path / "0.log"
    sweep = start(file, store, log)
    cell = store / "movielens-ccl-n5-s0"
    wait_until(lambda: len(Store(store).run(cell.name).read_history()) > 2)
    os.kill(sweep.pid, signal.SIGINT)
    assert sweep.wait(timeout=60) == 130, log.read_text()
    assert "Stopped" in log.read_text()
    wait_until(lambda: is_empty(sweep.pid))
    before = Store(store).run(cell.name).read_history()[-1]["epoch"]
    assert (cell / "checkpoint.npz").is_file()
    assert not Store(store).finished()
    assert 2 <= before < 400
    log = tmp_path / "1.log"
    sweep = start(file, store, log)
    seen = [before]
    while seen[-1] <= before:
        history = Store(store).run(cell.name).read_history()
        seen.append(history[-1]["epoch"])
        assert sweep.poll() is None, log.read_text()
        time.sleep(0.02)
    assert min(seen) == before, "the run began anew"
    assert [row["epoch"] for row in history] == list(range(len(history)))
    sweep.kill()
    sweep.wait()
    wait_until(lambda: is_empty(sweep.pid))


class Deadly(Executor):
    """A real pool whose process dies with one cell; what is beside that cell never ends."""

    def __init__(self, name: str) -> None:
        self.name, self.pool = name, start_pool(2)
        self.doomed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        if args[0].name == self.name:
            self.doomed = True
            return self.pool.submit(os._exit, 1)
        if self.doomed:
            return self.pool.submit(time.sleep, 600)
        return self.pool.submit(fn, *args, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.pool.shutdown(wait, cancel_futures=cancel_futures)


def test_a_cell_that_kills_every_worker_takes_no_other_with_it(file: Path, tmp_path: Path) -> None:
    name, made = "movielens-ccl-n1-s0", []  # begins first, with another beside it

    def renew() -> Executor:
        made.append(Deadly(name))
        return made[-1]

    pool = Workers(renew(), at_once=2, renew=renew)
    with pytest.raises(CellFailed, match=rf"1 of 12 cells .*{name}: BrokenProcessPool"):
        run_sweep(read_sweep(file), Store(tmp_path / "store"), pool)
    pool.executor.shutdown()
    assert len(finished(file, tmp_path / "store")) == 11
    assert len(made) == 1 + 3


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        env=ONE_THREAD,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_two_workers_over_tcp_give_the_same_table_though_one_is_killed(
    file: Path, tmp_path: Path, undisturbed: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    store, log = tmp_path / "store", tmp_path / "log"
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", *here]
    worker += ["--local-directory", str(tmp_path)]
    with running("scheduler", "--port", str(port), *here), running(*worker) as first:
        wait_until(lambda: answers(port))
        with running(*worker):
            sweep = start(file, store, log, "--scheduler", address)
            wait_until(lambda: len(lines(log, "done")) >= 2 or sweep.poll() is not None)
            first.kill()
            assert sweep.wait(timeout=300) == 0, log.read_text()
    begun = lines(log, "begins")
    assert len(begun) == len(set(begun)) == 12
    assert sorted(lines(log, "done")) == sorted(begun)
    assert shown(file, store) == undisturbed


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
