"""What every row of the table promises."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmcl_core.losses import LOSSES, PRESETS, Inputs, Loss, LossSpec, Parameter, curve
from mmcl_core.losses.inputs import check_scores
from mmcl_core.training import StepEvent, TrainConfig, train
from mmcl_core.worlds import make_world

POS, NEG = torch.tensor([0.5, 0.9, -0.2]), torch.tensor([[0.1, 0.95], [0.7, 0.3], [-0.8, 0.85]])
USERS, VECTORS = torch.tensor([4, 1, 7]), torch.tensor([[0.5, 2.0], [-1.0, 0.2], [0.3, 0.3]])
BATCH = Inputs(POS, NEG, USERS, VECTORS, VECTORS.flip(1))
NAN = math.nan
WITH_NEGATIVES = [name for name, spec in LOSSES.items() if spec.has_negatives]


@pytest.fixture(params=LOSSES)
def loss(request: pytest.FixtureRequest) -> Loss:
    return Loss(request.param)


def value_of(loss: Loss, batch: Inputs) -> torch.Tensor:
    return loss(*batch.of(loss.spec.needs))


def rows(batch: Inputs, which: Any) -> Inputs:
    """Return some rows of a batch, in the order of `which`."""
    return Inputs(*(given[which] for given in vars(batch).values()))


@pytest.mark.parametrize("b", [1, 5])
@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_finite_value_per_positive(loss: Loss, b: int, n: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(n)
    pos, neg, *vectors = (
        torch.rand(*shape, generator=generator, dtype=dtype) * 2 - 1
        for shape in ((b,), (b, n), (b, 4), (b, 4))
    )
    batch = Inputs(pos, neg, torch.arange(b) // 2, *vectors)
    value = value_of(loss, batch)
    assert value.shape == (b,)
    assert value.dtype == dtype
    assert torch.isfinite(value).all()


def test_what_it_needs_is_part_of_a_batch(loss: Loss) -> None:
    needs = loss.spec.needs
    assert set(needs) <= set(vars(BATCH))
    assert loss.spec.has_negatives == ("neg" in needs)
    for name in set(needs) & {"users", "user_vectors", "item_vectors"}:
        message = rf"a batch with {', '.join(needs)}, got none of .*{name}.*\. Pass them"
        with pytest.raises(ValueError, match=message):
            Inputs(POS, NEG).of(needs)
    for wrong in (BATCH.of(needs)[1:], [*BATCH.of(needs), POS]):
        with pytest.raises(
            ValueError, match=r"needs \(.*\), got \d of \d\. Pass them in this order"
        ):
            loss(*wrong)


def test_the_order_of_the_batch_does_not_matter(loss: Loss) -> None:
    order = [2, 0, 1]
    shuffled = value_of(loss, rows(BATCH, order)).tolist()
    assert shuffled == pytest.approx(value_of(loss, BATCH)[order].tolist(), rel=1e-6)


@pytest.mark.parametrize("name", WITH_NEGATIVES)
def test_a_row_depends_on_itself_only(name: str) -> None:
    loss = Loss(name)  # and on its user's other positives, if need be; here users differ
    whole = value_of(loss, BATCH)
    for b in range(len(POS)):
        alone = value_of(loss, rows(BATCH, [b]))
        assert whole[b].item() == pytest.approx(alone.item(), rel=1e-6)
    changed = NEG.clone()
    changed[1] = 0.99
    after = value_of(loss, replace(BATCH, neg=changed))
    assert after[[0, 2]].tolist() == whole[[0, 2]].tolist()
    assert after[1] != whole[1]


@pytest.mark.parametrize("name", WITH_NEGATIVES)
def test_the_order_of_the_negatives_does_not_matter(name: str) -> None:
    loss = Loss(name)
    flipped = value_of(loss, replace(BATCH, neg=NEG.flip(1))).tolist()
    assert flipped == pytest.approx(value_of(loss, BATCH).tolist(), rel=1e-6)


@pytest.mark.parametrize("name", WITH_NEGATIVES)
def test_pulls_positives_and_pushes_negatives(name: str) -> None:
    pos, neg = POS.clone().requires_grad_(), NEG.clone().requires_grad_()
    value_of(Loss(name), replace(BATCH, pos=pos, neg=neg)).sum().backward()
    assert torch.isfinite(pos.grad).all()
    assert torch.isfinite(neg.grad).all()
    assert (pos.grad < 0).all()
    close = NEG > 0 if name == "mse" else NEG > -1  # MSE wants a negative at cosine 0
    assert (neg.grad[close] >= 0).all()
    assert neg.grad.any()


def test_inputs_are_left_alone(loss: Loss) -> None:
    batch = Inputs(*(given.clone() for given in vars(BATCH).values()))
    value_of(loss, batch)
    for before, after in zip(vars(BATCH).values(), vars(batch).values(), strict=True):
        assert torch.equal(before, after)


@pytest.mark.parametrize("name", LOSSES)
def test_it_has_a_curve_if_it_has_negatives(name: str) -> None:
    s = torch.linspace(-1, 1, 21)
    if not LOSSES[name].has_negatives:
        with pytest.raises(
            ValueError, match=r"a loss that has negatives, got .*spec\.has_negatives"
        ):
            curve(Loss(name), s)
        return
    value, push = curve(Loss(name), s, others=torch.tensor([0.1, 0.4]))
    assert value.shape == push.shape == (21,)
    assert value[0] == 0
    assert torch.isfinite(value).all()
    assert torch.isfinite(push).all()
    assert push[-1] > 0


@pytest.mark.parametrize("name", LOSSES)
def test_defaults_and_searched_values_are_allowed(name: str) -> None:
    spec = LOSSES[name]
    assert spec.name == name
    assert spec.score in ("cosine", "dot")
    assert spec.title
    assert spec.source
    assert Loss(name).settings == spec.defaults
    for p in spec.parameters:
        for value in (p.default, *p.search):
            for one in value if p.many else (value,):
                assert p.low <= one <= p.high, p.name
            assert Loss(name, **{p.name: value}).settings[p.name] == value
        assert p.label
        assert p.help.endswith(".")


@pytest.mark.parametrize("name", LOSSES)
def test_the_ends_of_each_range_are_allowed_and_beyond_is_not(name: str) -> None:
    for p in LOSSES[name].parameters:
        if p.many:
            continue
        Loss(name, **{p.name: p.low})
        Loss(name, **{p.name: p.high})
        for beyond in (p.low - 1, p.high + 1, NAN):
            with pytest.raises(ValueError, match=f"Expected {p.label} to be a number in"):
                Loss(name, **{p.name: beyond})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_built(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    built = Loss(preset.loss, **preset.settings)
    assert {k: built.settings[k] for k in preset.settings} == dict(preset.settings)


def test_what_a_loss_says_of_itself() -> None:
    assert repr(Loss("ccl", margin=0.8)) == (
        "Loss(CCL, margin=0.8, negative_weight=150.0, positive_weight=1.0)"
    )
    assert repr(Loss("bpr")) == "Loss(BPR)"
    assert {name for name in LOSSES if Loss(name).staircase} == {"mmcl", "ccl"}
    assert {name for name, spec in LOSSES.items() if not spec.has_negatives} == {"directau"}
    assert Loss("ccl", margin=0.8, negative_weight=25.0).staircase == ((0.8,), (1.0,), 25.0)


def test_the_loss_in_the_contributors_guide_works(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    function, row = re.findall(r"```python\n(.*?)```", text.split("## Add a loss")[1], re.S)[:2]
    names = {"Tensor": torch.Tensor, "check_scores": check_scores}
    exec(function, names)
    spec = eval(row, {"LossSpec": LossSpec, "Parameter": Parameter, **names})
    monkeypatch.setitem(LOSSES, spec.name, spec)
    value, push = curve(Loss(spec.name, margin=0.25), torch.tensor([0.0, 0.75]), pos=0.5)
    assert value.tolist() == [0.0, 0.25]
    assert push.tolist() == [0.0, 1.0]
    config = TrainConfig(loss=spec.name, dim=3, max_steps=2, watch="none", keep="last")
    steps = [event for event in train(config, make_world().data) if isinstance(event, StepEvent)]
    assert all(0 < step.active < 1 for step in steps)
