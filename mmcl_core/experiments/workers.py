"""Who trains the cells: this process, processes beside it, or a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcl_core import _checks
from mmcl_core.experiments.plan import Cell
from mmcl_core.experiments.runs import Outcome, run_cell


@dataclass
class Workers:
    """An executor and what a sweep must know of it.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    at_once : int
        So many cells are handed out at a time.
    share_disk : bool
        Whether the workers see the store: they then write history and checkpoints into it.
    threads : int
        Of PyTorch, for each cell.
    lost : tuple of exception types
        What a future raises when its worker died, so that the cell is handed out again.
    renew : callable, optional
        Returns a new executor in place of a broken one.
    halt : callable
        Asks running cells to save themselves and stop.
    side_by_side : callable, optional
        Says how many cells run at a time, by default `at_once`; an estimate needs it.
    """

    executor: Executor
    at_once: int = 1
    share_disk: bool = True
    threads: int = 1
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)
    renew: Callable[[], Executor] | None = None
    halt: Callable[[], None] = lambda: None
    side_by_side: Callable[[], int] | None = None

    def submit(self, cell: Cell, folder: Path) -> Future[Outcome]:
        """Hand out one cell."""
        place = folder if self.share_disk else None
        try:
            return self.executor.submit(work, cell, place, self.threads)
        except BrokenExecutor as error:  # broke between two looks at it
            failed: Future[Outcome] = Future()
            failed.set_exception(error)
            return failed


class Here(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Call `fn` and return its future, already done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


_halted: Callable[[], bool] = lambda: False  # noqa: E731 - replaced in worker processes


def work(cell: Cell, folder: Path | None, threads: int) -> Outcome:
    """Train one cell, wherever this is called."""
    return run_cell(cell, folder, threads, stop=_halted)


@contextmanager
def local_workers(count: int, threads: int = 1) -> Iterator[Workers]:
    """Start `count` processes on this machine; they end with this one, whatever ends it."""
    halt = multiprocessing.get_context("spawn").Event()

    def pool() -> Executor:
        return start_pool(count, _begin_worker, halt)

    workers = Workers(pool(), at_once=count, threads=threads, renew=pool, halt=halt.set)
    try:
        yield workers
    finally:
        workers.executor.shutdown(wait=True, cancel_futures=True)


def start_pool(
    count: int, begin: Callable[..., None] | None = None, *given: Any
) -> ProcessPoolExecutor:
    """Start a pool whose processes all run already.

    A pool watches a new process only after its next result: one that dies earlier may be missed.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, begin, given)
    wait([pool.submit(int) for _ in range(count)])
    return pool


def _begin_worker(halt: Any) -> None:
    global _halted
    _halted = halt.is_set
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the sweep says when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def dask_workers(address: str, threads: int = 1) -> Iterator[Workers]:
    """Use the workers of the Dask scheduler at `address`, "tcp://host:port".

    Raises
    ------
    ValueError
        If Dask is not installed, or nobody answers at `address`.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ImportError as error:
        raise _checks.refuse(
            "Dask's package distributed, to use a scheduler",
            "an environment without it",
            'Install it: pip install -e ".[cluster]".',
        ) from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise _checks.refuse(
            f"a Dask scheduler at {address}",
            f"{error}",
            "Start one with: dask scheduler. It prints its address.",
        ) from error

    def side_by_side() -> int:
        try:
            return int(max(1, sum(client.nthreads().values())))
        except OSError:  # the scheduler is gone
            return 1

    try:
        yield Workers(
            client.get_executor(pure=False),
            at_once=1000,  # the scheduler keeps the queue, and workers may join later
            share_disk=False,
            threads=threads,
            lost=(KilledWorker, CommClosedError),
            side_by_side=side_by_side,
        )
    finally:
        client.close()
