"""Settings of the Lab page: fields, presets, rivals, guided questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmcl_app.negatives.panel import FIELD as PANEL
from mmcl_app.snapshots import EPOCHS, RUNS
from mmcl_app.state import PageState, page_words
from mmcl_app.url import Choice, Choices, Field, Flag, Note, Number, Numbers
from mmcl_core.losses import PRESETS, Loss

MOST = 6
HEAVIEST = 1000.0
OWN = "own"


@dataclass(frozen=True)
class Staircase:
    """A named penalty to start from."""

    title: str
    margins: tuple[float, ...]
    weights: tuple[float, ...]
    negative_weight: float
    about: str


def _shipped(name: str) -> Staircase:
    preset = PRESETS[name]
    staircase = Loss(preset.loss, **preset.settings).staircase
    assert staircase is not None
    return Staircase(preset.title, *staircase, f"Source: {preset.source}.")


STAIRCASES: dict[str, Staircase] = {
    **{name: _shipped(name) for name in ("films-mmcl", "films-ccl", "paper-ccl")},
    "nudges": Staircase(
        "Many soft nudges",
        (0.0,),
        (1.0,),
        1.36,
        "Half of all pairs are pushed, each a little; where MMCL has settled, the same budget.",
    ),
    "kicks": Staircase(
        "A few hard kicks",
        (0.6,),
        (1.0,),
        135.0,
        "One pair in 200 is pushed, hard; where MMCL has settled, the same budget.",
    ),
    "everyone": Staircase(
        "Everyone alike",
        (-1.0,),
        (1.0,),
        1.0,
        "A margin of -1 pushes every pair with the same slope: nobody is dead, nobody is special.",
    ),
    "six": Staircase(
        "Six even steps",
        (-0.2, 0.0, 0.2, 0.4, 0.6, 0.8),
        (0.1, 0.1, 0.2, 0.2, 0.2, 0.2),
        20.0,
        "With more steps the penalty comes near to a smooth curve.",
    ),
    **{name: _shipped(name) for name in ("paper-mmcl-yelp2018", "paper-mmcl-gowalla", "toy-mmcl")},
}

RUN_TITLES: Mapping[str, str] = {
    "films-mmcl": "MMCL",
    "films-ccl": "CCL, tuned",
    "paper-ccl": "CCL, published",
}

RIVAL_TITLES: Mapping[str, str] = {
    "paper-ccl": "CCL, published",
    "films-ccl": "CCL, tuned",
    "bpr": "BPR",
    "ssm": "SSM",
}

# Each guided question: the preset and the run of its scene.
SCENES = {
    "1": ("paper-ccl", "films-mmcl"),
    "2": ("paper-ccl", "paper-ccl"),
    "3": ("films-mmcl", "films-mmcl"),
}


def scene_values(question: str) -> dict[str, Any]:
    """Return the values that set the scene of a guided question."""
    preset, trained = SCENES[question]
    stairs = STAIRCASES[preset]
    return {
        "margins": stairs.margins,
        "band_weights": stairs.weights,
        "negative_weight": stairs.negative_weight,
        "trained": trained,
        "epoch": EPOCHS[-1],
        "rivals": (),
        "question": question,
    }


def fit_together(values: dict[str, Any]) -> list[Note]:
    """Make the values of an address fit together.

    Of margins and band weights, what has a partner is kept. An address that names a question and
    nothing else gets the question's scene.
    """
    question = values["question"]
    if question in SCENES and set(page_words()) - {"world", PANEL.name} == {"question"}:
        values.update(scene_values(question))
    values["world"] = "films"
    margins, weights = values["margins"], values["band_weights"]
    n = min(len(margins), len(weights))
    if len(margins) == len(weights):
        return []
    values["margins"], values["band_weights"] = margins[:n], weights[:n]
    expected = f"one for each of the {len(margins)} margins"
    return [Note("band_weights", expected, str(len(weights)), f"the first {n} of both")]


_FIRST = STAIRCASES["films-mmcl"]
FIELDS: tuple[Field, ...] = (
    Choice("world", "toy", ("toy", "films")),
    Numbers("margins", _FIRST.margins, -1.0, 1.0, MOST),
    Numbers("band_weights", _FIRST.weights, 0.0, 1.0, MOST),
    Number("negative_weight", _FIRST.negative_weight, 0.0, HEAVIEST),
    Choice("trained", RUNS[0], RUNS),
    Choice("epoch", EPOCHS[-1], EPOCHS),
    Choices("rivals", (), tuple(RIVAL_TITLES)),
    Flag("log", False),
    Choice("question", "none", ("none", *SCENES)),
    PANEL,
)
STATE = PageState("lab", FIELDS, fit_together)


def current_preset() -> str:
    """Return the name of the preset that the present values equal, else `OWN`."""
    now = (STATE["margins"], STATE["band_weights"], STATE["negative_weight"])
    for name, stairs in STAIRCASES.items():
        if now == (stairs.margins, stairs.weights, stairs.negative_weight):
            return name
    return OWN


def apply_preset(name: str) -> None:
    """Take over a preset's margins, band weights and negative weight."""
    stairs = STAIRCASES[name]
    STATE.set(
        margins=stairs.margins,
        band_weights=stairs.weights,
        negative_weight=stairs.negative_weight,
    )
