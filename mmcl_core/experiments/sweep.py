"""Run what is not yet in the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field

from filelock import FileLock

from mmcl_core.experiments.folder import Record
from mmcl_core.experiments.plan import Cell, Run, Sweep
from mmcl_core.experiments.runs import Outcome
from mmcl_core.experiments.store import Store, check_one_data
from mmcl_core.experiments.workers import Here, Workers

_LOOK = 1.0  # seconds between two looks at cells that other processes run
_ATTEMPTS = 3  # times that a cell may lose its worker


class CellFailed(ValueError):
    """A cell could not be run; the message names it, and what to do."""


def _said(error: BaseException) -> str:
    if isinstance(error, CancelledError):
        return "its scheduler went away. Start one, and run the same command again."
    return f"{type(error).__name__}: {error}"


@dataclass
class Group:
    """A run at one N: its trials, and its cells once they are known."""

    run: Run
    n: int
    trials: list[Cell]
    cells: list[Cell] | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.run.name} at N = {self.n}"


@dataclass
class State:
    """Where a sweep stands.

    Parameters
    ----------
    groups : list of Group
    records : dict
        Finished runs by the name of their cell.
    running : list of Cell
    failed : dict
        Why a cell, or a whole group, cannot be run, by name.
    """

    groups: list[Group] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    running: list[Cell] = field(default_factory=list)
    failed: dict[str, BaseException] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many cells there are, those that wait for their trials included."""
        return sum(len(g.trials) + len(g.run.seeds) for g in self.groups)

    def known(self) -> list[Cell]:
        """Return all cells that can be named now."""
        return [cell for g in self.groups for cell in (*g.trials, *(g.cells or []))]

    def missing(self) -> list[Cell]:
        """Return the cells that can be run now and are neither finished nor failed."""
        return [c for c in self.known() if c.name not in self.records and c.name not in self.failed]


def look(sweep: Sweep, store: Store) -> State:
    """Return where `sweep` stands in `store`.

    Raises
    ------
    ValueError
        If a run in the store is not the one that the sweep asks for, or is damaged.
    """
    state = State([Group(run, n, sweep.trials(run, n)) for run, n in sweep.groups()])
    for group in state.groups:
        _find(group.trials, store, state)
        _find(_opened(group, sweep, state), store, state)
    return state


def _find(cells: list[Cell], store: Store, state: State) -> None:
    for cell in cells:
        record = store.get(cell)
        if record:
            state.records[cell.name] = record


def _opened(group: Group, sweep: Sweep, state: State) -> list[Cell]:
    """Name the cells of a group whose trials are finished just now, and return them."""
    missing = any(cell.name not in state.records for cell in group.trials)
    if group.cells is not None or missing or group.name in state.failed:
        return []
    try:
        group.cells = sweep.cells(group.run, group.n, state.records)
    except ValueError as error:  # no trial is any good
        state.failed[group.name] = error
    return group.cells or []


OnChange = Callable[[State], None]


def run_sweep(
    sweep: Sweep,
    store: Store,
    workers: Workers | None = None,
    on_change: OnChange = lambda state: None,
) -> State:
    """Run the cells that are not finished in `store`; killed, it goes on when called again.

    Parameters
    ----------
    sweep : Sweep
    store : Store
        Other processes may work on it at the same time: no cell is run twice.
    workers : Workers, optional
        By default this process, one cell after the other.
    on_change : callable
        Called with the `State` whenever a cell begins or ends, and about every second.

    Returns
    -------
    State
        With the records of all cells.

    Raises
    ------
    CellFailed
        If a cell could not be run; all others are finished by then.
    ValueError
        As `look`, before anything is run.
    """
    return _Running(sweep, store, workers or Workers(Here()), on_change).run()


class _Running:
    def __init__(self, sweep: Sweep, store: Store, workers: Workers, on_change: OnChange) -> None:
        self.sweep, self.store, self.workers, self.on_change = sweep, store, workers, on_change
        store.finished()  # a damaged run anywhere in the store is refused before anything is run
        self.state = look(sweep, store)
        self.flying: dict[Future[Outcome], tuple[Cell, FileLock]] = {}
        self.attempts: dict[str, int] = {}  # of cells that lost their worker
        self.broken = False

    def run(self) -> State:
        try:
            while True:
                self._begin()
                opened = self._open()
                self._tell()
                if self.state.missing() and not opened:
                    self._wait()
                    self._open()
                elif not opened:
                    break
        except BaseException:
            self._abandon()
            raise
        if self.state.failed:
            name, error = next(iter(self.state.failed.items()))
            raise CellFailed(
                f"{len(self.state.failed)} of {self.state.total} cells could not be run, the "
                f"others are finished. The first is {name}: {_said(error)}"
            ) from error
        check_one_data(self.state.records.values())
        self.store.write_summary()
        return self.state

    def _begin(self) -> None:
        """Hand out what may be run and nobody else has."""
        here = {cell.name for cell, _ in self.flying.values()}
        for cell in self.state.missing():
            if len(self.flying) >= self._at_once():
                break
            if cell.name in here or (self._suspect(cell) and self.flying):
                continue
            lock = self.store.claim(cell)
            if lock is None:  # another process runs it: look again later
                continue
            try:
                record = self.store.get(cell)
                if record:  # another process finished it meanwhile
                    self.state.records[cell.name] = record
                    lock.release()
                    continue
                future = self.workers.submit(cell, self.store.folder / cell.name)
            except BaseException:
                lock.release()
                raise
            self.flying[future] = cell, lock
            self._tell()

    def _wait(self) -> None:
        if not self.flying:  # the rest runs in other processes
            time.sleep(_LOOK)
        for future in wait(self.flying, _LOOK, FIRST_COMPLETED).done:
            self._end(future)
        self._tell()
        if self.broken and self.workers.renew:
            for future in wait(self.flying).done:  # all futures of a broken pool fail
                self._end(future)
            self.workers.executor, self.broken = self.workers.renew(), False

    def _open(self) -> bool:
        """Look for the cells of groups that are tuned by now; return whether there are any."""
        opened = [c for g in self.state.groups for c in _opened(g, self.sweep, self.state)]
        for cell in opened:
            try:
                _find([cell], self.store, self.state)
            except ValueError as error:
                self.state.failed[cell.name] = error
        return bool(opened)

    def _suspect(self, cell: Cell) -> bool:
        """Whether a pool broke while `cell` ran: then it runs alone, to see whose fault it is."""
        return self.workers.renew is not None and cell.name in self.attempts

    def _at_once(self) -> int:
        alone = any(self._suspect(cell) for cell, _ in self.flying.values())
        return 1 if alone else self.workers.at_once

    def _end(self, future: Future[Outcome]) -> None:
        cell, lock = self.flying.pop(future)
        try:
            self._keep(cell, future.result())
        except self.workers.lost as error:
            self.attempts[cell.name] = self.attempts.get(cell.name, 0) + 1
            if self.attempts[cell.name] >= _ATTEMPTS:
                self.state.failed[cell.name] = error
            self.broken = True
        except Exception as error:
            self.state.failed[cell.name] = error
        finally:
            lock.release()

    def _keep(self, cell: Cell, outcome: Outcome) -> None:
        if outcome.record["result"]["reason"] == "stopped":
            return
        self.state.records[cell.name] = self.store.put(cell, outcome)
        self.store.write_summary()

    def _tell(self) -> None:
        self.state.running = [cell for cell, _ in self.flying.values()]
        self.on_change(self.state)

    def _abandon(self) -> None:
        self.workers.halt()
        wait([future for future in self.flying if not future.cancel()])
        for _, lock in self.flying.values():
            lock.release()
