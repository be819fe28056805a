"""The table of losses: training, the command line, the app and the contract tests read it.

To add a loss, write one function, in the file of its family, and one row here.
"""

from __future__ import annotations

from mmcl_core.losses.margins import ccl, mmcl
from mmcl_core.losses.pairwise import bpr, hinge
from mmcl_core.losses.pointwise import bce, mse
from mmcl_core.losses.softmax import bsl, ssm
from mmcl_core.losses.spec import LossSpec, Parameter
from mmcl_core.losses.staircase import Staircase
from mmcl_core.losses.vectors import directau

_MARGIN_SETS = ((0.2, 0.4, 0.6, 0.8), (0.0, 0.3, 0.6, 0.9), (0.4, 0.6, 0.75, 0.9))


def _negative_weight(default: float, *search: float) -> Parameter:
    label, meaning = "negative weight", "How strongly the negatives push in all."
    return Parameter("negative_weight", label, default, 0.0, 1000.0, meaning, search=search)


def _temperature(*search: float) -> Parameter:
    meaning = "The smaller, the more the push goes to the closest negative."
    return Parameter("temperature", "temperature", 0.1, 0.01, 10.0, meaning, search=search)


_PULL = Parameter(
    "positive_weight", "positive weight", 1.0, 0.0, 10.0, "How strongly positives pull."
)

_ROWS = (
    LossSpec(
        name="mmcl",
        title="MMCL",
        function=mmcl,
        score="cosine",
        parameters=(
            Parameter(
                "margins",
                "margins",
                (0.2, 0.4, 0.6, 0.8),
                -1.0,
                1.0,
                "Cosines at which a negative starts to be pushed harder.",
                many=True,
                search=_MARGIN_SETS,
            ),
            Parameter(
                "weights",
                "band weights",
                (0.05, 0.15, 0.2, 0.6),
                0.0,
                1.0,
                "How much the push grows at each margin.",
                many=True,
            ),
            _negative_weight(60.0, 25.0, 60.0, 120.0),
            _PULL,
        ),
        source="Ozsoy, arXiv 2405.04614",
        staircase=lambda c: Staircase.of(c["margins"], c["weights"], c["negative_weight"]),
    ),
    LossSpec(
        name="ccl",
        title="CCL",
        function=ccl,
        score="cosine",
        parameters=(
            Parameter(
                "margin",
                "margin",
                0.9,
                -1.0,
                1.0,
                "A negative closer than this cosine is pushed.",
                search=(0.5, 0.6, 0.7, 0.8, 0.9),
            ),
            _negative_weight(150.0, 10.0, 25.0, 60.0),
            _PULL,
        ),
        source="Mao et al. (SimpleX), arXiv 2109.12613",
        staircase=lambda c: Staircase.of((c["margin"],), (1.0,), c["negative_weight"]),
    ),
    LossSpec(
        name="bpr",
        title="BPR",
        function=bpr,
        score="dot",
        parameters=(),
        source="Rendle et al., arXiv 1205.2618",
    ),
    LossSpec(
        name="ssm",
        title="SSM",
        function=ssm,
        score="cosine",
        parameters=(_temperature(0.05, 0.07, 0.1, 0.15, 0.2, 0.3),),
        source="Wu et al., arXiv 2201.02327",
    ),
    LossSpec(
        name="bce",
        title="BCE",
        function=bce,
        score="dot",
        parameters=(),
        source="He et al., arXiv 1708.05031",
    ),
    LossSpec(
        name="mse",
        title="MSE",
        function=mse,
        score="cosine",
        parameters=(_negative_weight(1.0, 1.0, 3.0, 10.0, 30.0, 100.0),),
        source="Mao et al. (SimpleX), arXiv 2109.12613",
    ),
    LossSpec(
        name="hinge",
        title="Hinge",
        function=hinge,
        score="cosine",
        parameters=(
            Parameter(
                "margin",
                "margin",
                0.5,
                0.0,
                2.0,
                "How much less close than its positive a negative should be.",
                search=(0.1, 0.25, 0.5, 0.75, 1.0),
            ),
        ),
        source="Hsieh et al., WWW 2017",
    ),
    LossSpec(
        name="bsl",
        title="BSL",
        function=bsl,
        score="cosine",
        parameters=(
            _temperature(0.05, 0.07, 0.1, 0.15, 0.2),
            Parameter(
                "power",
                "power",
                1.1,
                0.0,
                10.0,
                "How much the side of the negatives counts.",
                search=(1.0, 1.1, 1.2),
            ),
        ),
        source="Wu et al., arXiv 2312.12882",
        needs=("pos", "neg", "users"),
    ),
    LossSpec(
        name="directau",
        title="DirectAU",
        function=directau,
        score="cosine",
        parameters=(
            Parameter(
                "gamma",
                "gamma",
                1.0,
                0.0,
                20.0,
                "How much spreading counts beside closeness.",
                search=(0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
            ),
        ),
        source="Wang et al., arXiv 2206.12811",
        needs=("user_vectors", "item_vectors"),
    ),
)
LOSSES: dict[str, LossSpec] = {spec.name: spec for spec in _ROWS}
