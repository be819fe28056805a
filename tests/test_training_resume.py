"""Stop anywhere and go on: the numbers are those of the uninterrupted run, to the last bit."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from following import StopAt, plain

from mmcl_core import _files
from mmcl_core.data import Interactions, load, with_validation
from mmcl_core.losses import LOSSES
from mmcl_core.training import (
    OPTIMIZERS,
    DoneEvent,
    EpochEvent,
    Event,
    TrainConfig,
    Training,
    train,
)
from mmcl_core.worlds import make_world

RATES = {"adam": 0.05, "sparse_adam": 0.05, "lazy_adam": 0.05, "sphere_sgd": 20.0}
FILE = "checkpoint.npz"


@pytest.fixture(scope="module")
def data() -> Interactions:
    return with_validation(make_world().data)


def config(**changes: Any) -> TrainConfig:
    """Two epochs of four steps, with everything that has a memory or draws at random."""
    settings: dict[str, Any] = {
        "dim": 4,
        "negatives": 5,
        "batch_size": 120,
        "epochs": 2,
        "k": 10,
        "device": "cpu",
        "dropout": 0.1,
        "l2": 1e-3,
        "clip_norm": 5.0,
        "learning_rate": RATES[changes.get("optimizer", "sparse_adam")],
    }
    return TrainConfig(**{**settings, **changes})


def in_parts(settings: TrainConfig, data: Interactions, folder: Path, stops: list[int]) -> list:
    """Train, stopping as told and resuming; return all events but the ends of the parts."""
    events: list[Event] = []
    for part, stop in enumerate([*stops, 10**9]):
        if events:
            assert isinstance(events[-1], DoneEvent)
            assert events.pop().reason == "stopped"
        events += train(settings, data, folder=folder, resume=part > 0, stop=StopAt(stop))
    return events


def same(parts: list[Event], whole: list[Event]) -> None:
    assert [plain(e) for e in parts] == [plain(e) for e in whole]
    assert np.array_equal(parts[-1].trained.users, whole[-1].trained.users)
    assert np.array_equal(parts[-1].trained.items, whole[-1].trained.items)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_stop_and_resume_in_the_middle_of_an_epoch(
    loss: str, optimizer: str, data: Interactions, tmp_path: Path
) -> None:
    settings = config(loss=loss, optimizer=optimizer)
    same(in_parts(settings, data, tmp_path, [7]), list(train(settings, data)))


# The fourth question comes after the last step of an epoch, the fifth after its measurement.
@pytest.mark.parametrize("stop", range(1, 10))
@pytest.mark.parametrize("keep", ["best", "last"])
def test_stop_and_resume_anywhere(stop: int, keep: str, data: Any, tmp_path: Path) -> None:
    settings = config(keep=keep)
    same(in_parts(settings, data, tmp_path, [stop]), list(train(settings, data)))


def test_stop_at_every_question(data: Interactions, tmp_path: Path) -> None:
    settings = config(optimizer="adam")
    same(in_parts(settings, data, tmp_path, [1] * 9), list(train(settings, data)))


@pytest.mark.parametrize(
    "changes",
    [
        {"sampler": "hardest", "pool": 20},
        {"sampler": "shared", "reject_positives": True},
        {"sampler": "popularity", "replacement": False},
        {"planted": 0.3},
        {"batch_size": 200, "drop_last": True, "epochs": 4},
        {"batch_size": 200, "epochs": 3},
        {"watch": "none", "keep": "last"},
        {"learning_rate": 0.5, "epochs": 60, "patience": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("stop", [2, 7])
def test_stop_and_resume_whatever_is_set(
    changes: dict, stop: int, data: Interactions, tmp_path: Path
) -> None:
    settings = config(**changes)
    same(in_parts(settings, data, tmp_path, [stop]), list(train(settings, data)))


@pytest.mark.parametrize("optimizer", ["sparse_adam", "lazy_adam"])
@pytest.mark.parametrize("stop", [7, 38, 55])
def test_decay_is_kept_over_a_stop(optimizer: str, stop: int, data: Any, tmp_path: Path) -> None:
    decaying = {"learning_rate": 0.5, "epochs": 12, "decay": 0.5, "renormalise": True}
    settings = config(optimizer=optimizer, **decaying)
    whole = list(train(settings, data))
    assert any(not e.improved for e in whole if isinstance(e, EpochEvent))
    same(in_parts(settings, data, tmp_path, [stop]), whole)


@pytest.mark.parametrize("limit", [4, 6])
@pytest.mark.parametrize("stop", [3, 4])
def test_max_steps_is_kept_over_a_stop(limit: int, stop: int, data: Any, tmp_path: Path) -> None:
    settings = config(max_steps=limit)
    same(in_parts(settings, data, tmp_path, [stop]), list(train(settings, data)))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"epochs": 1}, {"epochs": 3}),
        ({"max_steps": 3}, {"max_steps": 7}),
        ({"max_steps": 4}, {"max_steps": None}),
        (
            {"patience": 1, "learning_rate": 0.5, "epochs": 30},
            {"patience": 4, "learning_rate": 0.5, "epochs": 30},
        ),
    ],
    ids=str,
)
def test_a_finished_run_can_be_made_longer(
    short: dict, long: dict, data: Interactions, tmp_path: Path
) -> None:
    *first, done = train(config(**short), data, folder=tmp_path)
    assert done.reason in ("finished", "early")
    rest = list(train(config(**long), data, folder=tmp_path, resume=True))
    assert len(rest) > 1
    same([*first, *rest], list(train(config(**long), data)))


def test_a_finished_run_only_tells_its_end_again(data: Interactions, tmp_path: Path) -> None:
    *_, done = train(config(), data, folder=tmp_path)
    again = list(train(config(), data, folder=tmp_path, resume=True))
    same(again, [done])


def test_seconds_go_on(data: Interactions, tmp_path: Path) -> None:
    *_, first = train(config(), data, folder=tmp_path, stop=StopAt(6))
    *_, second = train(config(), data, folder=tmp_path, resume=True)
    assert second.seconds > first.seconds > 0


def test_a_consumer_that_leaves_keeps_the_last_epoch(data: Interactions, tmp_path: Path) -> None:
    whole = list(train(config(), data))
    for event in train(config(), data, folder=tmp_path):
        if getattr(event, "step", 0) == 6:
            break
    rest = list(train(config(), data, folder=tmp_path, resume=True))
    same(rest, whole[6:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, r"the checkpoint was made with, got seed 1 where it was 0\. Use the old"),
        ({"learning_rate": 0.1}, r"got learning_rate 0\.1 where it was 0\.05"),
        ({"loss": "ccl"}, r"got loss ccl where it was mmcl; settings .* where it was"),
        ({"dim": 5, "negatives": 6}, r"got dim 5 where it was 4; negatives 6 where it was 5"),
        ({"settings": {"negative_weight": 9.0}}, r"got settings .*9\.0.* where it was .*60\.0"),
        ({"planted": 0.1}, r"got planted 0\.1 where it was None"),
    ],
)
def test_another_config_is_refused(changes: dict, message: str, data: Any, tmp_path: Path) -> None:
    list(train(config(max_steps=2), data, folder=tmp_path))
    with pytest.raises(ValueError, match=message):
        Training.resume(config(**changes), data, tmp_path)


def test_other_data_is_refused(data: Interactions, tmp_path: Path) -> None:
    list(train(config(max_steps=2), data, folder=tmp_path))
    message = r"the data that the checkpoint was made with \(120 users.*\), got .*\. Load the same"
    for other in (
        with_validation(make_world(seed=1).data),
        with_validation(make_world().data, seed=1),
        dataclasses.replace(data, train=data.train, test=data.validation, validation=data.test),
        load("movielens"),
    ):
        with pytest.raises(ValueError, match=message):
            Training.resume(config(), other, tmp_path)
    same_again = with_validation(make_world().data)
    assert Training.resume(config(), same_again, tmp_path).progress.step == 2


def test_another_format_is_refused(data: Interactions, tmp_path: Path) -> None:
    meta = {"format": "a checkpoint of format 0"}
    _files.write_archive(tmp_path / FILE, meta, {})
    message = r"a checkpoint of format 2 in checkpoint\.npz, got a checkpoint of format 0\. Make"
    with pytest.raises(ValueError, match=message):
        Training.resume(config(), data, tmp_path)


def test_a_missing_or_cut_off_checkpoint_is_refused(data: Interactions, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"checkpoint\.npz, got no such file\. Check the folder"):
        Training.resume(config(), data, tmp_path)
    list(train(config(max_steps=2), data, folder=tmp_path))
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"got an unreadable one .*delete it and start again"):
        Training.resume(config(), data, tmp_path)


def test_nothing_in_a_checkpoint_is_pickled(data: Interactions, tmp_path: Path) -> None:
    list(train(config(optimizer="adam", max_steps=5), data, folder=tmp_path))
    with np.load(tmp_path / FILE, allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


@pytest.mark.parametrize("place", ["savez", "fsync", "replace"])
def test_a_checkpoint_that_fails_leaves_the_last_one(
    place: str, data: Interactions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_epoch = []

    def failing(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    def until_the_disk_is_full() -> None:
        for event in train(config(), data, folder=tmp_path):
            if getattr(event, "step", 0) == 6:  # in the second epoch
                first_epoch.append((tmp_path / FILE).read_bytes())
                monkeypatch.setattr(_files.np if place == "savez" else _files.os, place, failing)

    with pytest.raises(OSError, match="the disk is full"):
        until_the_disk_is_full()
    monkeypatch.undo()
    assert [(tmp_path / FILE).read_bytes()] == first_epoch
    assert os.listdir(tmp_path) == [FILE]
    rest = list(train(config(), data, folder=tmp_path, resume=True))
    same(rest, list(train(config(), data))[6:])


WRITER = """
    import json
    import sys
    from mmcl_core.data import with_validation
    from mmcl_core.training import StepEvent, TrainConfig, Training
    from mmcl_core.worlds import make_world

    config, folder = TrainConfig.from_dict(json.loads(sys.argv[1])), sys.argv[2]
    data = with_validation(make_world().data)
    again = sys.argv[3] == "again"
    run = Training.resume(config, data, folder) if again else Training(config, data, folder)
    for event in run.events():
        if isinstance(event, StepEvent):
            for _ in range(4):
                run.save()
            print(event.step, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_in_the_middle_of_a_checkpoint_leaves_the_last_good_one(
    data: Interactions, tmp_path: Path
) -> None:
    settings = config(epochs=25, dim=256)  # a file that takes some time to write
    whole = list(train(settings, data))
    what = [json.dumps(settings.to_dict()), str(tmp_path)]
    for how, last, pause in (("first", 2, 0.003), ("again", 4, 0.01)):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), *what, how],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            for line in writer.stdout:
                if int(line) >= last:
                    break
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
        assert writer.returncode == -signal.SIGKILL
        assert last <= Training.resume(settings, data, tmp_path).progress.step < 100
    rest = list(train(settings, data, folder=tmp_path, resume=True))
    same(rest, whole[-len(rest) :])
