"""Read a sweep from a TOML file; what is wrong in it is said by file and key."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mmcl_core import _checks
from mmcl_core.experiments.plan import Run, Search, Sweep, changed, grid_of, search_space
from mmcl_core.experiments.protocols import PROTOCOLS
from mmcl_core.losses import LOSSES, PRESETS
from mmcl_core.training import TrainConfig

_DECIDED = {
    "watch": "Leave it out: the protocol decides it.",
    "keep": "Leave it out: the protocol decides it.",
    "seed": "List the seeds: seeds = [0].",
    "negatives": "List every N at the top or in a run: negatives = [10].",
    "settings": "Write each setting of the loss by its own name: margin = 0.9.",
}
_FIELDS = tuple(f.name for f in dataclasses.fields(TrainConfig) if f.name not in _DECIDED)
_BOOLEANS = [f.name for f in dataclasses.fields(TrainConfig) if isinstance(f.default, bool)]
_TOP = ("data", "protocol", "split_seed", "negatives", "seeds", "training", "runs")
_RUN = ("title", "preset", "negatives", "seeds", "search")
_MOST_TRIED = 10_000
_UNSEARCHED = ("loss", "model", "device", "k")

Table = Mapping[str, Any]
T = TypeVar("T")


def read_sweep(path: str | Path) -> Sweep:
    """Read a sweep file.

    Parameters
    ----------
    path : path
        experiments/README.md says what may stand in it.

    Raises
    ------
    ValueError
        If there is no such file, it is no TOML, a key is unknown, or a value is not allowed; the
        message names the file and the key.
    """
    path = Path(path)
    try:
        return parse_sweep(_table(path), str(path))
    except RecursionError:
        remedy = "A sweep has tables of runs, a run has a table of its search."
        raise _checks.refuse(f"tables a few deep in {path}", "very many", remedy) from None


def _table(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise _checks.refuse(f"a sweep file at {path}", str(error), "Check the path.") from error
    except ValueError as error:  # also what is not UTF-8
        raise _checks.refuse(f"TOML in {path}", str(error), "Correct it there.") from error


def parse_sweep(table: Table, where: str) -> Sweep:
    """Build the sweep that `table` describes; `where` names it in messages.

    Examples
    --------
    >>> table = {"data": "movielens", "negatives": [10], "runs": {"ccl": {"preset": "paper-ccl"}}}
    >>> parse_sweep(table, "my.toml").runs[0].config.settings["margin"]
    0.9
    """
    top = _Place(where)
    top.known(table, _TOP)
    data = top.take(table, "data", str, "a name or folder of data")
    protocol = top.take(table, "protocol", str, " or ".join(PROTOCOLS), "fair")
    split_seed = top.take(table, "split_seed", int, "a whole number", 0)
    top.checked("split_seed", lambda: _checks.whole("it", split_seed, 0, "0 is usual."))
    negatives = top.numbers(table, "negatives", 1, ())
    seeds = top.numbers(table, "seeds", 0, (0,))
    shared = top.take(table, "training", dict, "a table", {})
    top.inside("training").known(shared, _FIELDS)
    named = top.take(table, "runs", dict, "a table [runs.NAME] for each run")
    if not named:
        raise top.wrong("runs", "at least one run", "none", "Add a table, for example [runs.ccl].")
    runs = []
    for name in named:
        own = top.inside("runs").take(named, name, dict, "a table")
        runs.append(_run(top.inside("runs").inside(name), name, own, shared, negatives, seeds))
    return top.checked("", lambda: Sweep(data, protocol, split_seed, tuple(runs)))


def _run(
    at: _Place,
    name: str,
    own: Table,
    shared: Table,
    negatives: tuple[int, ...],
    seeds: tuple[int, ...],
) -> Run:
    negatives = at.numbers(own, "negatives", 1, negatives)
    seeds = at.numbers(own, "seeds", 0, seeds)
    loss, settings = _loss(at, own, shared)
    if len(negatives) > 1 and not LOSSES[loss].has_negatives:
        remedy = "Any will do: negatives = [1]."
        raise at.wrong("negatives", f"a single N, as {loss} draws none", list(negatives), remedy)
    title = at.take(own, "title", str, "what tables call it", name)
    parameters = tuple(LOSSES[loss].defaults)
    at.known(own, (*_RUN, *_FIELDS, *parameters))
    fields = {key: v for key, v in {**shared, **own}.items() if key in _FIELDS}
    settings |= {key: own[key] for key in parameters if key in own}
    config = at.config(lambda: TrainConfig(**{**fields, "loss": loss, "settings": settings}))
    search = None
    if "search" in own:
        table = at.take(own, "search", dict, "a table")
        search = _search(at.inside("search"), table, config, parameters)
    return at.checked("", lambda: Run(name, title, config, negatives, seeds, search))


def _loss(at: _Place, own: Table, shared: Table) -> tuple[str, dict[str, Any]]:
    if "preset" in own:
        name = at.take(own, "preset", str, "a preset")
        at.checked("preset", lambda: _checks.choice("preset", name, tuple(PRESETS)))
        if "loss" in own:
            raise at.wrong("loss", "a loss or a preset", "both", "Leave one of them out.")
        return PRESETS[name].loss, dict(PRESETS[name].settings)
    table = own if "loss" in own else shared
    loss = at.take(table, "loss", str, f"one of {', '.join(LOSSES)}, or a preset")
    return at.checked("loss", lambda: _checks.choice("loss", loss, tuple(LOSSES))), {}


def _search(at: _Place, table: Table, config: TrainConfig, parameters: tuple[str, ...]) -> Search:
    fields = [name for name in _FIELDS if name not in _UNSEARCHED]
    at.known(table, ("trials", *fields, *parameters))
    trials = at.take(table, "trials", int, "a whole number, 0 for the whole grid", 0)
    if trials < 0:
        raise at.wrong("trials", "a whole number of 0 or more", trials, "0 tries the whole grid.")
    values = {key: value for key, value in table.items() if isinstance(value, list)}
    for key, value in values.items():
        if not value:
            raise at.wrong(key, "values to try", "none", "Name some, or leave it out.")
    alone = [key for key in parameters if key in table and key not in values]
    if alone:
        got = f"{table[alone[0]]!r}"
        raise at.wrong(alone[0], "a list of values to try", got, "A single one belongs to the run.")
    fixed = {key: v for key, v in table.items() if key != "trials" and key not in values}
    size = math.prod(map(len, values.values()))
    if size > _MOST_TRIED:
        expected = f"at most {_MOST_TRIED:,} combinations to try"
        raise at.wrong("", expected, f"{size:,}", "Name fewer values.")
    space = grid_of(values, config.loss) if values else search_space(config.loss)
    base = at.config(lambda: config.with_(**fixed))
    for change in space:
        at.config(partial(changed, base, change))
    return Search(space, trials, fixed)


class _Place:
    """Where in the file we are, for messages."""

    def __init__(self, where: str, keys: tuple[str, ...] = ()) -> None:
        self.where, self.keys = where, keys

    def inside(self, key: str) -> _Place:
        return _Place(self.where, (*self.keys, key))

    def wrong(self, key: str, expected: str, got: object, remedy: str) -> ValueError:
        refused = _checks.refuse(expected, got, remedy)
        return ValueError(f"{self._at(key)}: {refused}")

    def _at(self, key: str) -> str:
        return ", ".join([self.where, ".".join((*self.keys, *([key] if key else [])))]).rstrip(", ")

    def known(self, table: Table, names: Iterable[str]) -> None:
        """Refuse keys that nobody reads."""
        for key in table:
            if key in _DECIDED and key not in names:
                raise self.wrong(key, "no such key here", f"{key!r}", _DECIDED[key])
            if key not in names:
                known = ", ".join(names)
                raise self.wrong(key, f"one of {known}", f"{key!r}", "Correct or remove it.")

    def take(self, table: Table, key: str, kind: type[T], expected: str, default: Any = None) -> T:
        """Return a value of the right kind."""
        if key not in table and default is None:
            raise self.wrong(key, expected, "nothing", "Add it.")
        value = table.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, expected, f"{value!r}", "Correct it.")
        return value

    def numbers(
        self, table: Table, key: str, least: int, default: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return a list of different whole numbers, at least one and none below `least`."""
        values = table.get(key, list(default))
        expected = f"a list of whole numbers of at least {least}, each once"
        fits = isinstance(values, list) and all(
            isinstance(v, int) and not isinstance(v, bool) and v >= least for v in values
        )
        if not fits or len(set(values)) < len(values):
            raise self.wrong(key, expected, f"{values!r}", f"Write for example {key} = [10].")
        if key in table and not values:
            raise self.wrong(key, expected, "an empty one", f"Write for example {key} = [10].")
        return tuple(values)

    def checked(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` makes; its refusal is told with the place."""
        try:
            return make()
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{self._at(key)}: {error}") from error

    def config(self, make: Callable[[], TrainConfig]) -> TrainConfig:
        """Return a configuration whose switches are switches."""
        config = self.checked("", make)
        for name in _BOOLEANS:
            if not isinstance(getattr(config, name), bool):
                got = f"{getattr(config, name)!r}"
                raise self.wrong(name, "true or false", got, "Choose one of these.")
        return config
