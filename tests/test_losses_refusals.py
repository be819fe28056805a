"""What the losses refuse, with which words, and that nonsense raises nothing else."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmcl_core.losses import (
    LOSSES,
    Loss,
    bce,
    bpr,
    bsl,
    ccl,
    curve,
    directau,
    hinge,
    mmcl,
    mse,
    penalty,
    slope,
    ssm,
)

POS, NEG = torch.tensor([0.5, 0.9, -0.2]), torch.tensor([[0.1, 0.95], [0.7, 0.3], [-0.8, 0.85]])
USERS, VECTORS = torch.tensor([4, 1, 7]), torch.tensor([[0.5, 2.0], [-1.0, 0.2], [0.3, 0.3]])
NAN = math.nan
WITH_NEGATIVES = [name for name, spec in LOSSES.items() if spec.has_negatives]


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_settings_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"Expected parameters of .*, got mragin\. Leave out"):
        Loss(name, mragin=0.8)


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of mmcl, ccl, .*, directau, got 'mcml'\. Choose"):
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
    for call in (lambda: ssm(POS, NEG, value), lambda: bsl(POS, NEG, USERS, value)):
        with pytest.raises(ValueError, match=r"temperature to be .*Usual values are 0\.05 to 0\.5"):
            call()


@pytest.mark.parametrize("value", [-0.1, NAN, math.inf, "1", None])
def test_bad_settings_of_the_rivals_are_refused(value: Any) -> None:
    for name, call in (
        ("negative weight", lambda: mse(POS, NEG, value)),
        ("margin", lambda: hinge(POS, NEG, value)),
        ("power", lambda: bsl(POS, NEG, USERS, power=value)),
        ("gamma", lambda: directau(VECTORS, VECTORS, value)),
    ):
        with pytest.raises(ValueError, match=rf"Expected {name} to be a number in \[0, inf\], got"):
            call()


@pytest.mark.parametrize("users", [None, [4, 1, 7], USERS[:2], USERS[:, None], USERS.float()])
def test_bad_users_are_refused(users: Any) -> None:
    with pytest.raises(ValueError, match=r"users as a tensor of ids of shape \(3,\), got .*Give"):
        bsl(POS, NEG, users)


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        (VECTORS, VECTORS[:2], r"of one shape \(B, D\), got \(3, 2\) and \(2, 2\)\. Give the two"),
        (POS, POS, r"of one shape \(B, D\), got \(3,\) and \(3,\)"),
        (
            VECTORS.long(),
            VECTORS,
            r"user vectors as a tensor of floats, got a tensor of torch\.int",
        ),
        (VECTORS, None, r"item vectors as a tensor of floats, got None"),
    ],
)
def test_bad_vectors_are_refused(users: Any, items: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        directau(users, items)


@pytest.mark.parametrize("function", [LOSSES[name].function for name in WITH_NEGATIVES])
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
    more = {mmcl: ([0.5], [1.0]), bsl: (USERS,)}.get(function, ())
    with pytest.raises(ValueError, match=message):
        function(pos, neg, *more)


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
        [POS, NEG, POS.long(), NEG.numpy(), POS[:0], NEG[:0], torch.tensor(0.5), [[0.5]], NEG > 0]
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
    only_value_errors(lambda: mse(POS, NEG, a))
    only_value_errors(lambda: hinge(POS, NEG, a))
    only_value_errors(lambda: bsl(POS, NEG, USERS, a, b))
    only_value_errors(lambda: directau(VECTORS, VECTORS, a))
    only_value_errors(lambda: penalty(POS, a, b, c))
    only_value_errors(lambda: slope(POS, a, b, c))


@given(NONSENSE, NONSENSE, NONSENSE)
def test_nonsense_scores_raise_nothing_but_value_errors(a: Any, b: Any, c: Any) -> None:
    for function in (ccl, bpr, ssm, bce, mse, hinge, directau):
        only_value_errors(lambda function=function: function(a, b))
    only_value_errors(lambda: bsl(a, b, c))
    only_value_errors(lambda: bsl(POS, NEG, c))
    for name in LOSSES:
        only_value_errors(lambda name=name: Loss(name)(a, b, c))
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
