"""A configuration is checked when it is made, cannot be changed, and survives a file."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.training import TrainConfig

BAD_SETTINGS = [
    ({"loss": "mcml"}, r"loss to be one of mmcl, ccl, .*, got 'mcml'"),
    ({"settings": {"margin": 0.5}}, r"parameters of MMCL \(margins, weights, .*, got margin\."),
    ({"settings": None}, r"settings of the loss by name, got None"),
    ({"settings": {"margins": []}}, r"at least one margin"),
    ({"model": "mff"}, r"model to be one of mf, .*got 'mff'"),
    ({"model_settings": {"gamma": 0.5}}, r"settings of MF \(it has none\), got gamma\. Leave out"),
    ({"model_settings": None}, r"settings of the model by name, got None\. Write"),
    (
        {"model": "simplex", "model_settings": {"layers": 2, "gamma": 1}},
        r"settings of SimpleX \(gamma, pooling\), got layers\.",
    ),
    ({"model": "simplex", "model_settings": {"gamma": 2}}, r"gamma .*got 2\. 1 leaves the history"),
    ({"model": "lightgcn", "optimizer": "adam", "model_settings": {"layers": -1}}, r"layers .*-1"),
    (
        {"model": "simplex", "optimizer": "sphere_sgd"},
        r'vectors are the rows .*got optimizer "sphere_sgd" for "simplex"\. Set model to "mf"',
    ),
    ({"model": "lightgcn", "optimizer": "sphere_sgd"}, r"vectors are the rows"),
    (
        {"model": "lightgcn", "optimizer": "lazy_adam"},
        r'every row in every step, got optimizer "lazy_adam" for "lightgcn"\. Set optimizer to "ad',
    ),
    ({"model": "lightgcn"}, r'got optimizer "sparse_adam" for "lightgcn"'),
    ({"dim": 0}, r"dim to be a whole number of at least 1, got 0\. Choose 1 or more"),
    ({"init": 0.0}, r"init to be a number in .*, got 0\. Or write \"xavier\""),
    ({"init": "javier"}, r"init to be a number in .*, got 'javier'\. Or write \"xavier\""),
    ({"decay": 0}, r"decay .*got 0\. Use 1 to keep the rate"),
    ({"decay": 1.5}, r"decay .*got 1\.5"),
    ({"decay": 0.1, "keep": "last"}, r"the best vectors to be kept.*got keep \"last\"\. Set keep"),
    ({"loss": "bpr", "renormalise": True}, r"a loss of cosines .*got 'bpr'.*Set renormalise to F"),
    ({"negatives": 0}, r"negatives N .*got 0\. To train without negatives keep N = 1"),
    ({"sampler": "random"}, r"sampler to be one of"),
    ({"sampler": "hardest", "pool": 2}, r"pool of the hardest negatives.*got 2"),
    ({"planted": 2}, r"planted to be a number in \[0, 1\], got 2"),
    (
        {"optimizer": "sgd"},
        r"optimizer to be one of sparse_adam, lazy_adam, adam, sphere_sgd, got 'sgd'",
    ),
    ({"learning_rate": 0}, r"learning_rate .*got 0\. Choose a number above 0"),
    ({"learning_rate": math.nan}, r"learning_rate .*got nan"),
    ({"l2": -1}, r"l2 .*got -1\. Use 0 for no regulariser"),
    ({"dropout": 1.0}, r"dropout .*got 1\. Use 0 for no dropout"),
    ({"clip_norm": -1}, r"clip_norm .*got -1\. Use 0 not to clip"),
    ({"batch_size": 0}, r"batch_size .*got 0"),
    ({"epochs": 0}, r"epochs .*got 0"),
    ({"max_steps": 0}, r"max_steps .*got 0\. Leave it out for no limit"),
    ({"watch": "train"}, r"watch to be one of validation, test, none, got 'train'"),
    ({"monitor": "hits"}, r"monitor to be one of ndcg, recall, got 'hits'"),
    ({"keep": "first"}, r"keep to be one of best, last, got 'first'"),
    ({"watch": "none"}, r'a watched split .*got watch "none"\. Set watch to "validation"'),
    ({"watch": "none", "keep": "last", "patience": 2}, r"a watched split .*patience to 0"),
    ({"patience": -1}, r"patience .*got -1"),
    ({"k": 0}, r"k to be .*got 0"),
    ({"seed": -1}, r"seed .*at least 0, got -1"),
    ({"seed": 0.5}, r"seed .*got 0\.5"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_SETTINGS)
def test_bad_settings_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**changes)


FIELDS = [f.name for f in dataclasses.fields(TrainConfig)]
JUNK = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(),
    st.floats(allow_subnormal=False),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just(10**400),
)


@given(st.sampled_from(FIELDS), JUNK)
def test_nonsense_raises_nothing_but_value_errors(name: str, junk: Any) -> None:
    with contextlib.suppress(ValueError):
        TrainConfig(**{name: junk})


def test_a_config_survives_json_and_pickle() -> None:
    made = TrainConfig(
        loss="ccl", settings={"margin": 0.5}, max_steps=7, planted=0.2, drop_last=True
    )
    assert TrainConfig.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert made.to_dict()["settings"]["negative_weight"] == 150.0
    other = TrainConfig(model="simplex", model_settings={"pooling": "attention"})
    assert other.to_dict()["model_settings"] == {"gamma": 0.8, "pooling": "attention"}
    assert TrainConfig.from_dict(json.loads(json.dumps(other.to_dict()))) == other
    assert pickle.loads(pickle.dumps(other)) == other
    assert len({made, other, other.with_(model_settings={})}) == 3
    with pytest.raises(ValueError, match=r"settings of a training run, got colour\. Remove"):
        TrainConfig.from_dict({"colour": 1})


def test_a_config_cannot_be_changed_but_copied() -> None:
    made = TrainConfig(loss="ccl", settings={"margin": 0.5})
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.seed = 3
    with pytest.raises(TypeError):
        made.settings["margin"] = 0.1
    assert made.with_(seed=3).settings["margin"] == 0.5
    assert made.with_(loss="bpr").settings == {}
    assert made.with_(loss="ssm", settings={"temperature": 0.3}).settings == {"temperature": 0.3}
    assert made == TrainConfig(loss="ccl", settings={"margin": 0.5})
    other = TrainConfig(model="simplex", model_settings={"gamma": 0.1})
    with pytest.raises(TypeError):
        other.model_settings["gamma"] = 0.2
    assert other.with_(seed=3).model_settings["gamma"] == 0.1
    assert other.with_(model="lightgcn", optimizer="adam").model_settings == {"layers": 3}
    assert other.with_(model="mf").model_settings == {}
