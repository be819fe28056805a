"""Sweep files: what they say is to be run, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweeps import TRAINING, names

from mmcl_core.experiments import Store, look, read_sweep
from mmcl_core.experiments.sweepfile import parse_sweep
from mmcl_core.losses import PRESETS

ROOT = Path(__file__).parents[1]


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
