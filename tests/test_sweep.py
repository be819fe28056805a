"""Sweeps: files that say what is to be run, and what is run."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.experiments import (
    Cell,
    CellFailed,
    Estimate,
    State,
    Store,
    Sweep,
    Workers,
    look,
    read_sweep,
    run_sweep,
    workers,
)
from mmcl_core.experiments.estimate import in_words
from mmcl_core.experiments.runs import Outcome
from mmcl_core.experiments.sweepfile import parse_sweep
from mmcl_core.experiments.tables import markdown, result_rows, table
from mmcl_core.experiments.workers import Here
from mmcl_core.losses import PRESETS

ROOT = Path(__file__).parents[1]
TRAINING = {"dim": 4, "epochs": 2, "batch_size": 16, "k": 3}


def described(folder: Path, **changes: Any) -> dict[str, Any]:
    """What a file says: two runs at one N with two seeds, the second one tuned."""
    search = {"epochs": 1, "margin": [0.1, 0.7], "learning_rate": [1e-3, 1e-1], "trials": 3}
    whole: dict[str, Any] = {
        "data": str(folder),
        "negatives": [2],
        "seeds": [0, 1],
        "training": TRAINING,
        "runs": {"mmcl": {"preset": "films-mmcl"}, "ccl": {"loss": "ccl", "search": search}},
    }
    return {**whole, **changes}


def swept(folder: Path, **changes: Any) -> Sweep:
    return parse_sweep(described(folder, **changes), "a.toml")


class Counting(Here):
    """Counts the cells that are really handed out."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        self.begun.append(args[0].name)
        return super().submit(fn, *args, **named)


def names(cells: list[Cell]) -> list[str]:
    return [cell.name for cell in cells]


# ---- files


def test_a_file_says_what_is_run(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(
        """
        data = "gowalla"
        protocol = "paper"
        negatives = [10, 100]
        [training]
        learning_rate = 1e-4
        [runs.heavy]
        preset = "paper-ccl"
        negative_weight = 700.0
        seeds = [3, 4]
        [runs.mmcl]
        loss = "mmcl"
        title = "MMCL, two margins"
        margins = [0.2, 0.8]
        weights = [0.3, 0.7]
        negatives = [10]
        learning_rate = 1e-3
        """
    )
    heavy, mmcl = read_sweep(path).runs
    assert (heavy.name, heavy.title, heavy.negatives, heavy.seeds) == (
        "heavy",
        "heavy",
        (10, 100),
        (3, 4),
    )
    assert heavy.config.settings["negative_weight"] == 700.0
    assert heavy.config.settings["margin"] == PRESETS["paper-ccl"].settings["margin"]
    assert heavy.config.learning_rate == 1e-4
    assert (mmcl.title, mmcl.negatives, mmcl.seeds) == ("MMCL, two margins", (10,), (0,))
    assert mmcl.config.settings["margins"] == (0.2, 0.8)
    assert mmcl.config.learning_rate == 1e-3


def test_cells_have_readable_names_and_watch_what_the_protocol_says() -> None:
    one = {"ccl": {"loss": "ccl", "search": {"margin": [0.5, 0.6], "epochs": 3}}}
    sweep = parse_sweep(
        {"data": "gowalla", "protocol": "paper", "negatives": [10], "runs": one}, "a.toml"
    )
    (run,) = sweep.runs
    trials = sweep.trials(run, 10)
    assert names(trials) == ["gowalla-ccl-n10-trial-0", "gowalla-ccl-n10-trial-1"]
    assert {t.protocol for t in trials} == {"tuning"}
    assert {(t.config.watch, t.config.epochs) for t in trials} == {("validation", 3)}
    assert sweep.cells(run, 10, {}) is None
    results = {t.name: {"result": {"validation": {"ndcg@20": t.trial}}} for t in trials}
    (cell,) = sweep.cells(run, 10, results) or []
    assert cell.name == "gowalla-ccl-n10-s0"
    assert (cell.protocol, cell.config.watch, cell.config.epochs) == ("paper", "test", 40)
    assert cell.config.settings["margin"] == trials[1].config.settings["margin"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda p: p.name
)
def test_the_files_of_the_project_can_be_read(path: Path) -> None:
    sweep = read_sweep(path)
    cells = look(sweep, Store("nowhere")).known()
    assert len(set(names(cells))) == len(cells) > 0


CCL = {"loss": "ccl"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": None}, "a.toml, data: Expected a name or folder of data, got nothing"),
        ({"data": 3}, "a.toml, data: Expected a name or folder of data, got 3"),
        ({"protocol": "best"}, "protocol to be one of fair, paper, got 'best'"),
        ({"split_seed": -1}, "a.toml, split_seed: Expected it to be a whole number of at least 0"),
        ({"negatives": 10}, r"a.toml, runs.mmcl.negatives|a.toml, negatives: Expected a list"),
        ({"negatives": []}, "negatives: Expected a list of whole numbers of at least 1"),
        ({"negatives": [10, 10]}, "each once, got [10, 10]"),
        ({"negatives": None}, "at least one seed and one N"),
        ({"seeds": [0.5]}, "a.toml, seeds: Expected a list of whole numbers"),
        ({"sede": [1]}, "a.toml, sede: Expected one of data, protocol"),
        ({"training": {"epoch": 3}}, "a.toml, training.epoch: Expected one of loss, model"),
        ({"training": {"watch": "test"}}, "training.watch: .*the protocol decides it"),
        ({"training": {"seed": 1}}, "training.seed: .*List the seeds"),
        ({"runs": {}}, "a.toml, runs: Expected at least one run"),
        ({"runs": {"a b": CCL}}, "a.toml, runs.a b: Expected a run's name of small letters"),
        ({"runs": {"x": 3}}, "a.toml, runs.x: Expected a table, got 3"),
        ({"runs": {"x": {}}}, "a.toml, runs.x.loss: Expected one of mmcl, ccl"),
        ({"runs": {"x": {"loss": "cl"}}}, "runs.x.loss: Expected loss to be one of mmcl"),
        ({"runs": {"x": {"preset": "no"}}}, "runs.x.preset: Expected preset to be one of"),
        ({"runs": {"x": {**CCL, "preset": "paper-ccl"}}}, "a loss or a preset, got both"),
        ({"runs": {"x": {**CCL, "margins": [1.0]}}}, "runs.x.margins: Expected one of title"),
        ({"runs": {"x": {**CCL, "margin": 3.0}}}, "a.toml, runs.x: Expected margin to be a number"),
        ({"runs": {"x": {**CCL, "settings": {}}}}, "runs.x.settings: .*by its own name"),
        ({"runs": {"x": {**CCL, "dim": 0}}}, "a.toml, runs.x: Expected dim to be a whole number"),
        ({"runs": {"x": {**CCL, "drop_last": 1}}}, "runs.x.drop_last: Expected true or false"),
        ({"runs": {"x": {**CCL, "search": 12}}}, "runs.x.search: Expected a table"),
        ({"runs": {"x": {**CCL, "search": {"trials": -1}}}}, "search.trials: Expected a whole"),
        ({"runs": {"x": {**CCL, "search": {"margin": []}}}}, "search.margin: Expected values"),
        ({"runs": {"x": {**CCL, "search": {"margin": 0.5}}}}, "search.margin: Expected a list"),
        ({"runs": {"x": {**CCL, "search": {"margin": [7.0]}}}}, "runs.x.search: Expected margin"),
        ({"runs": {"x": {**CCL, "search": {"loss": ["ccl"]}}}}, "search.loss: Expected one of"),
        (
            {"negatives": [1, 10], "runs": {"x": {"loss": "directau"}}},
            "runs.x.negatives: Expected a single N, as directau draws none, got [1, 10]",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(change: dict[str, Any], message: str) -> None:
    whole = {"data": "movielens", "negatives": [10], "runs": {"ccl": CCL}, **change}
    told = {key: value for key, value in whole.items() if value is not None}
    pattern = message.replace("[10, 10]", r"\[10, 10\]").replace("[1, 10]", r"\[1, 10\]")
    with pytest.raises(ValueError, match=pattern) as caught:
        parse_sweep(told, "a.toml")
    assert str(caught.value).startswith("a.toml")


def test_a_file_that_is_no_toml_is_refused_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a sweep file at .*no.toml.*Check the path"):
        read_sweep(tmp_path / "no.toml")
    for content in (b"data = ", b"\xff\xfe", b"[runs\n"):
        (tmp_path / "bad.toml").write_bytes(content)
        with pytest.raises(ValueError, match=r"Expected TOML in .*bad.toml, got "):
            read_sweep(tmp_path / "bad.toml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KEYS = [*TRAINING, "loss", "preset", "search", "init", "planted", "margin", "trials", "pool"]
RUNS = st.dictionaries(st.sampled_from(KEYS), VALUES | st.just("ccl") | st.just({"trials": 2}))


@given(
    top=st.dictionaries(st.sampled_from(["data", "seeds", "negatives", "runs", "x"]), VALUES),
    training=VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES),
    run=RUNS,
)
def test_nonsense_is_refused_and_nothing_else(top: Any, training: Any, run: Any) -> None:
    whole = {"data": "movielens", "negatives": [1], "runs": {"x": run}, "training": training}
    for told in (top, {**whole, **top}, whole, {**whole, "training": {}}):
        said, sweep = "", None
        try:
            sweep = parse_sweep(told, "a.toml")
        except ValueError as error:
            said = str(error)
        assert sweep is not None or said.startswith("a.toml")
        for one, n in sweep.groups() if sweep else ():
            sweep.trials(one, n)


# ---- what is run


def test_a_sweep_runs_what_is_missing_and_nothing_twice(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    sweep, here = swept(lightgcn_folder), Counting()
    state = run_sweep(sweep, Store(tmp_path / "store"), Workers(here))
    assert len(here.begun) == len(set(here.begun)) == state.total == 2 + 3 + 2
    assert set(here.begun) == set(state.records)
    first = result_rows(state)
    assert first["name"].tolist() == ["mmcl"] * 2 + ["ccl"] * 2
    again = Counting()
    second = run_sweep(sweep, Store(tmp_path / "store"), Workers(again))
    assert again.begun == []
    assert result_rows(second).equals(first)
    more = Counting()
    run_sweep(swept(lightgcn_folder, seeds=[0, 1, 2]), Store(tmp_path / "store"), Workers(more))
    assert more.begun == ["data-mmcl-n2-s2", "data-ccl-n2-s2"]


def with_validation(monkeypatch: pytest.MonkeyPatch, *of_trials: dict[str, float]) -> None:
    """Make every trial end with these metrics on validation."""
    real = workers.run_cell

    def changed(cell: Cell, *rest: Any, **named: Any) -> Outcome:
        outcome = real(cell, *rest, **named)
        if cell.trial is not None:
            outcome.record["result"]["validation"] = of_trials[cell.trial]
        return outcome

    monkeypatch.setattr(workers, "run_cell", changed)


def test_the_best_on_validation_is_run_with_every_seed(
    lightgcn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_validation(monkeypatch, {"ndcg@3": 0.1}, {"ndcg@3": 0.3}, {"ndcg@3": 0.2})
    state = run_sweep(swept(lightgcn_folder), Store(tmp_path))
    best, cells = state.groups[1].trials[1], state.groups[1].cells
    assert cells is not None
    for cell in cells:
        assert cell.config.settings == best.config.settings
        assert cell.config.learning_rate == best.config.learning_rate
        assert cell.config.epochs == 2
    for trial in state.groups[1].trials:
        assert state.records[trial.name]["result"]["test"] == {}


def test_processes_side_by_side_share_the_work(lightgcn_folder: Path, tmp_path: Path) -> None:
    """Two sweeps on one store at the same time, as two processes would: each has its own locks."""
    sweep, both = swept(lightgcn_folder), [Counting(), Counting()]
    ends: list[State] = []
    threads = [
        threading.Thread(
            target=lambda here=here: ends.append(run_sweep(sweep, Store(tmp_path), Workers(here)))
        )
        for here in both
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begun = Counter(both[0].begun + both[1].begun)
    assert set(begun.values()) == {1}
    assert len(begun) == 7
    assert result_rows(ends[0]).equals(result_rows(ends[1]))


def test_any_executor_gives_the_same_table(lightgcn_folder: Path, tmp_path: Path) -> None:
    sweep = swept(lightgcn_folder)
    one = run_sweep(sweep, Store(tmp_path / "one"))
    with ThreadPoolExecutor(2) as pool:
        far = Workers(pool, at_once=4, share_disk=False)
        two = run_sweep(sweep, Store(tmp_path / "two"), far)
    assert shown(one) == shown(two)


def shown(state: State) -> str:
    return markdown(table(result_rows(state), ("ndcg@3", "recall@3")))


def test_a_changed_run_is_refused_before_anything_is_run(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    run_sweep(swept(lightgcn_folder), Store(tmp_path))
    here = Counting()
    changed = swept(lightgcn_folder, training={**TRAINING, "dim": 5}, seeds=[2, 0])
    with pytest.raises(ValueError, match="dim 4 where 5 is asked for"):
        run_sweep(changed, Store(tmp_path), Workers(here))
    assert here.begun == []


def test_a_damaged_run_of_another_sweep_is_refused_too(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text('{"format": "a run')
    with pytest.raises(ValueError, match=r"other.run.json"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path), Workers(here := Counting()))
    assert here.begun == []


# ---- what fails


class Failing(Counting):
    """Raises for some cells, a given number of times."""

    def __init__(self, fails: dict[str, int], error: Exception) -> None:
        super().__init__()
        self.fails, self.error = dict(fails), error

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(fn, *args, **named)
        if self.fails.get(args[0].name, 0):
            self.fails[args[0].name] -= 1
            future = Future()
            future.set_exception(self.error)
        return future


def test_a_cell_that_fails_does_not_stop_the_others(lightgcn_folder: Path, tmp_path: Path) -> None:
    bad = Failing({"data-mmcl-n2-s0": 1}, ValueError("Expected luck, got none."))
    sweep = swept(lightgcn_folder)
    with pytest.raises(CellFailed, match=r"1 of 7 cells.*data-mmcl-n2-s0: ValueError: Expected l"):
        run_sweep(sweep, Store(tmp_path), Workers(bad))
    assert len(look(sweep, Store(tmp_path)).records) == 6
    here = Counting()
    run_sweep(sweep, Store(tmp_path), Workers(here))
    assert here.begun == ["data-mmcl-n2-s0"]


def test_a_scheduler_that_went_away_is_told(lightgcn_folder: Path, tmp_path: Path) -> None:
    gone = Failing({"data-mmcl-n2-s1": 1}, CancelledError())
    with pytest.raises(CellFailed, match=r"data-mmcl-n2-s1: its scheduler went away. Start one"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path), Workers(gone))


def test_a_lost_worker_loses_no_cell(lightgcn_folder: Path, tmp_path: Path) -> None:
    lost = Failing({"data-mmcl-n2-s1": 2, "data-ccl-n2-trial-1": 1}, BrokenProcessPool("gone"))
    state = run_sweep(swept(lightgcn_folder), Store(tmp_path / "a"), Workers(lost))
    assert shown(state) == shown(run_sweep(swept(lightgcn_folder), Store(tmp_path / "b")))
    assert Counter(lost.begun)["data-mmcl-n2-s1"] == 3


def test_trials_that_all_diverge_are_told(
    lightgcn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_validation(monkeypatch, {}, {}, {})
    with pytest.raises(CellFailed, match=r"ccl at N = 2: .*finite vectors.*lower learning rates"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path))
    state = look(swept(lightgcn_folder), Store(tmp_path))
    assert len(state.records) == 5


def test_an_interrupted_sweep_frees_its_cells(lightgcn_folder: Path, tmp_path: Path) -> None:
    class Interrupted(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
            raise KeyboardInterrupt

    halted: list[bool] = []
    workers_ = Workers(Interrupted(), halt=lambda: halted.append(True))
    sweep = swept(lightgcn_folder)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep, Store(tmp_path), workers_)
    assert halted == [True]
    assert len(run_sweep(sweep, Store(tmp_path)).records) == 7


# ---- how long it takes


def test_the_estimate_counts_what_is_missing(lightgcn_folder: Path, tmp_path: Path) -> None:
    sweep, store = swept(lightgcn_folder, seeds=[0, 1, 2, 3]), Store(tmp_path)
    state = look(sweep, store)
    estimate = Estimate(store)
    assert estimate.seconds_left(state) is None
    estimate.try_steps(state)
    first = estimate.seconds_left(state)
    assert first is not None
    assert first > 0
    run_sweep(swept(lightgcn_folder), store)
    state = look(sweep, store)
    for record in state.records.values():
        record["result"]["seconds"] = 5.0 * record["result"]["epochs"]
    # four runs of two epochs are missing, at five seconds an epoch
    assert Estimate(store).seconds_left(state) == pytest.approx(40.0)
    assert Estimate(store, at_once=2).seconds_left(state) == pytest.approx(20.0)
    assert Estimate(store, at_once=100).seconds_left(state) == pytest.approx(10.0)


def test_a_running_cell_counts_with_what_it_has_left(lightgcn_folder: Path, tmp_path: Path) -> None:
    one = {"mmcl": {"preset": "films-mmcl", "epochs": 10}}
    sweep, store = swept(lightgcn_folder, runs=one, seeds=[0]), Store(tmp_path)
    state = look(sweep, store)
    state.running = state.known()
    rows = [{"epoch": e, "step": e, "seconds": 3.0 * e, "loss": 1.0} for e in range(5)]
    (store.folder / state.running[0].name).mkdir(parents=True)
    store.run(state.running[0].name).write_history(rows)
    assert Estimate(store).seconds_left(state) == pytest.approx(6 * 3.0)


def test_seconds_in_words() -> None:
    assert [in_words(s) for s in (0.2, 89, 90, 5300, 5400, 36000)] == [
        "0 s",
        "89 s",
        "2 min",
        "88 min",
        "1 h 30 min",
        "10 h 00 min",
    ]
