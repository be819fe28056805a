"""What every row of the table promises, and what is refused with which words."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.losses import LOSSES, PRESETS, Loss, bpr, ccl, curve, mmcl, penalty, slope, ssm

POS, NEG = torch.tensor([0.5, 0.9, -0.2]), torch.tensor([[0.1, 0.95], [0.7, 0.3], [-0.8, 0.85]])
NAN = math.nan


@pytest.fixture(params=LOSSES)
def loss(request: pytest.FixtureRequest) -> Loss:
    return Loss(request.param)


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_finite_value_per_positive(loss: Loss, n: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(n)
    pos = torch.rand(5, generator=generator, dtype=dtype) * 2 - 1
    neg = torch.rand(5, n, generator=generator, dtype=dtype) * 2 - 1
    value = loss(pos, neg)
    assert value.shape == (5,)
    assert value.dtype == dtype
    assert torch.isfinite(value).all()


def test_a_row_depends_on_itself_only(loss: Loss) -> None:
    whole = loss(POS, NEG)
    for b in range(len(POS)):
        alone = loss(POS[b : b + 1], NEG[b : b + 1])
        assert whole[b].item() == pytest.approx(alone.item(), rel=1e-6)
    changed = NEG.clone()
    changed[1] = 0.99
    assert loss(POS, changed)[[0, 2]].tolist() == whole[[0, 2]].tolist()
    assert loss(POS, changed)[1] != whole[1]


def test_the_order_of_the_negatives_does_not_matter(loss: Loss) -> None:
    flipped = loss(POS, NEG.flip(1)).tolist()
    assert flipped == pytest.approx(loss(POS, NEG).tolist(), rel=1e-6)


def test_pulls_positives_and_pushes_negatives(loss: Loss) -> None:
    pos, neg = POS.clone().requires_grad_(), NEG.clone().requires_grad_()
    loss(pos, neg).sum().backward()
    assert torch.isfinite(pos.grad).all()
    assert torch.isfinite(neg.grad).all()
    assert (pos.grad < 0).all()
    assert (neg.grad >= 0).all()
    assert neg.grad.any()


def test_inputs_are_left_alone(loss: Loss) -> None:
    pos, neg = POS.clone(), NEG.clone()
    loss(pos, neg)
    assert torch.equal(pos, POS)
    assert torch.equal(neg, NEG)


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
    assert Loss("bpr").staircase is None
    assert Loss("ssm").staircase is None
    assert Loss("ccl", margin=0.8, negative_weight=25.0).staircase == ((0.8,), (1.0,), 25.0)


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_settings_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"Expected parameters of .*, got mragin\. Leave out"):
        Loss(name, mragin=0.8)


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of mmcl, ccl, bpr, ssm, got 'mcml'\. Choose"):
        Loss("mcml")


BAD_STAIRCASES = [
    ([1.5], [1.0], r"each margin to be a number in \[-1, 1\], got 1\.5\. .*choose it inside"),
    ([-1.01], [1.0], r"each margin .* got -1\.01\."),
    ([NAN], [1.0], r"each margin .* got nan\."),
    ([math.inf], [1.0], r"each margin .* got inf\."),
    ([0.2, 0.8], [0.5, -0.5], r"each band weight to be .*\[0, inf\], got -0\.5\. Use 0 to switch"),
    ([0.2], [NAN], r"each band weight .* got nan\."),
    ([0.2], [math.inf], r"each band weight .* got inf\."),
    ([0.2], [10**400], r"as a list of numbers, got \[1000"),
    ([0.2, 0.8], [1.0], r"for each of the 2 margins, got 1 band weights\. Give as many"),
    ([0.2], [0.5, 0.5], r"for each of the 1 margins, got 2 band weights\. Give as many"),
    ([], [], r"at least one margin, got none\. Give one, for example margins=\[0\.8\]"),
    (0.8, [1.0], r"margins as a list of numbers, got 0\.8\. Write for example"),
    ("0.8", [1.0], r"margins as a list of numbers, got '0\.8'\. Write"),
    ([0.8], None, r"band weights as a list of numbers, got None\. Write"),
    ([[0.8]], [1.0], r"margins as a list of numbers, got \[\[0\.8\]\]\. Write"),
]


@pytest.mark.parametrize(("margins", "weights", "message"), BAD_STAIRCASES)
@pytest.mark.parametrize(
    "use",
    [
        lambda m, w: mmcl(POS, NEG, m, w),
        lambda m, w: penalty(NEG, m, w),
        lambda m, w: slope(NEG, m, w),
        lambda m, w: Loss("mmcl", margins=m, weights=w),
    ],
    ids=["mmcl", "penalty", "slope", "Loss"],
)
def test_bad_staircases_are_refused(
    use: Callable, margins: Any, weights: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        use(margins, weights)


@pytest.mark.parametrize("value", [-1.0, NAN, math.inf, "60", None, True])
def test_bad_weights_of_the_parts_are_refused(value: Any) -> None:
    negative = r"negative weight to be a number in \[0, inf\], got .*\. Use 0 to switch"
    positive = r"positive weight to be a number in \[0, inf\], got .*\. Use 0 to switch"
    for function in (penalty, slope):
        with pytest.raises(ValueError, match=negative):
            function(NEG, [0.5], [1.0], value)
    with pytest.raises(ValueError, match=negative):
        mmcl(POS, NEG, [0.5], [1.0], negative_weight=value)
    with pytest.raises(ValueError, match=positive):
        mmcl(POS, NEG, [0.5], [1.0], positive_weight=value)
    with pytest.raises(ValueError, match=negative):
        ccl(POS, NEG, negative_weight=value)


@pytest.mark.parametrize("value", [0.0, -0.1, NAN, None])
def test_bad_temperatures_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"temperature to be .*Usual values are 0\.05 to 0\.5"):
        ssm(POS, NEG, value)


@pytest.mark.parametrize("function", [*(spec.function for spec in LOSSES.values())])
@pytest.mark.parametrize(
    ("pos", "neg", "message"),
    [
        (POS, NEG[:, :0], r"N >= 1, got pos \(3,\) and neg \(3, 0\)\. .*keep N = 1"),
        (POS, NEG[:2], r"neg of shape \(B, N\) .*, got pos \(3,\) and neg \(2, 2\)"),
        (POS, NEG[:, 0], r"got pos \(3,\) and neg \(3,\)"),
        (POS[:, None], NEG, r"got pos \(3, 1\) and neg \(3, 2\)"),
        (POS[0], NEG, r"got pos \(\) and neg \(3, 2\)"),
        (POS.tolist(), NEG, r"pos as a tensor of floats, got \[.*\]\. Make it one: torch"),
        (POS, NEG.numpy(), r"neg as a tensor of floats, got array"),
        (POS, NEG.long(), r"neg as a tensor of floats, got a tensor of torch\.int64\. Make"),
        (None, None, r"pos as a tensor of floats, got None"),
    ],
)
def test_bad_scores_are_refused(function: Callable, pos: Any, neg: Any, message: str) -> None:
    staircase = ([0.5], [1.0]) if function is mmcl else ()
    with pytest.raises(ValueError, match=message):
        function(pos, neg, *staircase)


def test_penalty_and_slope_refuse_what_are_no_scores() -> None:
    for function in (penalty, slope):
        with pytest.raises(ValueError, match="cosines as a tensor of floats, got 0.5"):
            function(0.5, [0.2], [1.0])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_subnormal=False),
    st.complex_numbers(allow_subnormal=False),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.builds(object),
    st.just(10**400),
    st.just(float),
)
NONSENSE = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.tuples(SCALARS),
    st.sets(st.integers(), max_size=2),
    st.dictionaries(st.integers(), st.integers(), max_size=2),
    st.sampled_from(
        [POS, NEG, POS.long(), NEG.numpy(), POS[:0], torch.tensor(0.5), [[0.5]], NEG > 0]
    ),
)


def only_value_errors(call: Callable[[], object]) -> None:
    with contextlib.suppress(ValueError):
        call()


@given(NONSENSE, NONSENSE, NONSENSE, NONSENSE)
def test_nonsense_settings_raise_nothing_but_value_errors(a: Any, b: Any, c: Any, d: Any) -> None:
    only_value_errors(lambda: mmcl(POS, NEG, a, b, c, d))
    only_value_errors(lambda: mmcl(POS, NEG, [0.5], [1.0], a, b))
    only_value_errors(lambda: ccl(POS, NEG, a, b, c))
    only_value_errors(lambda: ssm(POS, NEG, a))
    only_value_errors(lambda: penalty(POS, a, b, c))
    only_value_errors(lambda: slope(POS, a, b, c))


@given(NONSENSE, NONSENSE)
def test_nonsense_scores_raise_nothing_but_value_errors(a: Any, b: Any) -> None:
    for function in (ccl, bpr, ssm):
        only_value_errors(lambda function=function: function(a, b))
    only_value_errors(lambda: mmcl(a, b, [0.5], [1.0]))
    only_value_errors(lambda: penalty(a, [0.5], [1.0]))
    only_value_errors(lambda: slope(a, [0.5], [1.0]))
    only_value_errors(lambda: curve(Loss("mmcl"), a, others=None))


@given(NONSENSE, st.data())
def test_nonsense_in_the_table_raises_nothing_but_value_errors(junk: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(LOSSES)))
    names = [*LOSSES[name].defaults, "unknown"]
    only_value_errors(lambda: Loss(name, **{data.draw(st.sampled_from(names)): junk}))
    only_value_errors(lambda: Loss(junk))
