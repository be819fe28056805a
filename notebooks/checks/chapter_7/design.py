"""Faults of a table, and a control that could kill a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compare import Unlike, as_numbers, same
from ..exercise import Exercise, Slip

_LETTERS = {"a", "b", "c", "d", "e", "f"}
_MISSED = {
    "a": "One is missing. Were both settings made for these data, with the same care?",
    "c": "One is missing. Is the same thing reported of the seeds in both rows?",
    "e": "One is missing. Which likes were looked at when the settings were compared?",
}
_INNOCENT = {
    "b": "Four margins against one: that is the difference the claim is about. Everything else "
    "should be alike, this should not.",
    "d": "The same N in both rows is as it should be.",
    "f": "The same users in both rows are as they should be; they even allow a paired comparison.",
}


def _judge_faults(answer: Any) -> str | None:
    if not isinstance(answer, list | tuple | set | frozenset | str):
        return 'Expected a list of letters, such as ["b", "f"].'
    letters = [str(letter).strip().lower() for letter in answer]
    if not letters or not set(letters) <= _LETTERS:
        return 'Expected letters from a to f, such as ["b", "f"].'
    for letter, words in _INNOCENT.items():
        if letter in letters:
            return f"({letter}) is no fault. {words}"
    for letter, words in _MISSED.items():
        if letter not in letters:
            return words
    return None


FAULTS = Exercise(
    title="What is wrong with this table?",
    level="easy",
    minutes=4,
    reference=["a", "c", "e"],
    judge=_judge_faults,
    slips=(
        Slip(["c", "e"], _MISSED["a"]),
        Slip(["a", "e"], _MISSED["c"]),
        Slip(["a", "c"], _MISSED["e"]),
        Slip(["a", "b", "c", "e"], f"(b) is no fault. {_INNOCENT['b']}"),
        Slip(["a", "c", "d", "e"], f"(d) is no fault. {_INNOCENT['d']}"),
    ),
    hints=(
        "A difference is a fault if it could make the gain by itself, without a better loss.",
        "For each letter ask: was it the same for both rows? Should it have been?",
        "There are three: one about care, one about luck, one about looking at the answers.",
    ),
    why="An untuned control, the luckiest seed, and a choice made on the test each make a gain out "
    "of nothing. That the losses differ, and nothing else does, is what a comparison is for.",
)

MOST = 6  # settings that MMCL was given
LIGHTEST = 25.0  # of the negative weights that MMCL was given
SEEDS = [0, 1, 2, 3, 4]
_FORM = {"margin", "negative_weight", "negatives", "chosen_on", "seeds"}
_PLAN: dict[str, Any] = {
    "margin": [0.6, 0.8],
    "negative_weight": [5.0, 10.0, 25.0],
    "negatives": 10,
    "chosen_on": "validation",
    "seeds": SEEDS,
}
_UNTUNED = (
    "That is the setting which the claim already has as its control, made for other data and 800 "
    "negatives. It could only repeat the claim. Let the control choose, as MMCL could."
)
_SINGLE = "A single setting is no search. MMCL could choose among six: let the control choose too."
_HEAVY = (
    "Your lightest negative weight is heavier than 25, the lightest that MMCL could choose. Give "
    "the control room below that."
)
_ONE_WEIGHT = (
    "Only the margin is searched. If MMCL wins, it may be the negative weight that did it. Try "
    "at least two."
)
_ONE_MARGIN = (
    "Only the negative weight is searched. If MMCL wins, another single margin might have done "
    "as well. Try at least two."
)
_OTHER_N = (
    "The claim is about N = 10, and MMCL was trained with 10. With another N two things differ, "
    "and nobody can tell which of them made the gain."
)
_TEST = (
    "Choosing on test lets the control see the answers. Then it is flattered, and if it wins, "
    "that proves nothing. MMCL chose on validation."
)
_TRAIN = (
    "On train the likes are known, and losses of different settings are prices in different "
    "currencies (notebook 3). Choose by a ranking of likes that were held out."
)
_FEW_SEEDS = "One or a few seeds can be luck. Use all five that MMCL is judged with: 0 to 4."
_OTHER_SEEDS = (
    "Other seeds mean another start, other batches, other negatives. MMCL is judged with 0 to 4; "
    "take the same, so that the seeds are no difference between the two."
)
_MANY = (
    f"MMCL was given {MOST} settings to try. With more, the control buys more lottery tickets: "
    "the best of many is partly luck."
)


def _judge_control(plan: Any) -> str | None:
    if not isinstance(plan, Mapping) or set(plan) != _FORM:
        return f"Expected a dict with the keys {', '.join(_PLAN)}."
    values = {}
    for key, low, high in (("margin", -1.0, 1.0), ("negative_weight", 0.1, 1000.0)):
        if not isinstance(plan[key], list | tuple):
            return f"Expected {key} to be a list of values to try, such as {_PLAN[key][:1]}."
        values[key] = _numbers(plan[key])
        if values[key] is None or not all(low <= value <= high for value in values[key]):
            return f"Expected {key} to be a list of numbers from {low:g} to {high:g}."
    return _settings(values["margin"], values["negative_weight"]) or _protocol(plan)


def _numbers(given: Any) -> list[float] | None:
    """Return different numbers in order; None if there is anything else, or nothing."""
    try:
        found = as_numbers(list(given))
    except (TypeError, ValueError):
        return None
    return sorted(set(found.tolist())) if found.ndim == 1 and found.size else None


def _settings(margins: list[float], weights: list[float]) -> str | None:
    if len(margins) * len(weights) == 1:
        return _UNTUNED if (margins, weights) == ([0.9], [150.0]) else _SINGLE
    if len(weights) == 1:
        return _ONE_WEIGHT
    if len(margins) == 1:
        return _ONE_MARGIN
    if weights[0] > LIGHTEST:
        return _HEAVY
    return _MANY if len(margins) * len(weights) > MOST else None


def _protocol(plan: Mapping[str, Any]) -> str | None:
    if not _is(plan["negatives"], 10):
        return _OTHER_N
    chosen = str(plan["chosen_on"]).strip().lower()
    if chosen != "validation":
        told = {"test": _TEST, "train": _TRAIN}
        return told.get(chosen, 'Expected chosen_on to be "train", "validation" or "test".')
    seeds = plan["seeds"]
    if not isinstance(seeds, list | tuple | range):
        return f"Expected seeds to be a list, such as {SEEDS[:2]}."
    if _is(_numbers(seeds), SEEDS):
        return None
    return _FEW_SEEDS if len(seeds) < len(SEEDS) else _OTHER_SEEDS


def _is(got: Any, wanted: Any) -> bool:
    try:
        same(got, wanted, 1e-9)
    except Unlike:
        return False
    return True


def _changed(**changes: Any) -> dict[str, Any]:
    return {**_PLAN, **changes}


CONTROL = Exercise(
    title="The control that could kill +20%",
    level="hard",
    minutes=10,
    reference=_PLAN,
    name="plan",
    judge=_judge_control,
    slips=(
        Slip(_changed(margin=[0.9], negative_weight=[150.0]), _UNTUNED),
        Slip(_changed(negative_weight=[150.0]), _ONE_WEIGHT),
        Slip(_changed(margin=[0.9]), _ONE_MARGIN),
        Slip(_changed(negative_weight=[100.0, 150.0, 300.0]), _HEAVY),
        Slip(_changed(margin=[0.5, 0.6, 0.7, 0.8, 0.9]), _MANY),
        Slip(_changed(negatives=800), _OTHER_N),
        Slip(_changed(chosen_on="test"), _TEST),
        Slip(_changed(chosen_on="train"), _TRAIN),
        Slip(_changed(seeds=[0]), _FEW_SEEDS),
        Slip(_changed(seeds=[5, 6, 7, 8, 9]), _OTHER_SEEDS),
    ),
    hints=(
        "The claim says that many margins did it. What else was different between MMCL and the "
        "control? Whatever it was, the control should have it too.",
        "MMCL chose among six settings, on validation, with N = 10, and is judged with the seeds "
        "0 to 4. The published setting chose nothing.",
        "Two margins times three negative weights make six settings. Section 3 above says "
        "how light the negative weight was when CCL was tuned.",
        'For example `"margin": [0.6, 0.8]` and `"negative_weight": [5.0, 10.0, 25.0]`, the rest '
        "exactly as for MMCL.",
    ),
    why="One margin, everything else alike: the same number of settings tried, on the same "
    "validation likes, the same N, the same seeds. If MMCL still gains, margins did it; if not, "
    "the setting did.",
)
