"""Settings worth opening first: the published ones, and ours for the films and the toy world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_FOUR = (0.05, 0.15, 0.2, 0.6)
_MMCL_CODE = "Ozsoy, arXiv 2405.04614, author's notebooks"
_BSL_CODE = "Wu et al. (BSL), arXiv 2312.12882, logs of the authors' code"
_DIRECTAU = "Wang et al. (DirectAU), arXiv 2206.12811"


@dataclass(frozen=True)
class Preset:
    """A named setting of a loss: what it is for and where it comes from."""

    name: str
    title: str
    loss: str
    settings: Mapping[str, Any]
    world: str  # the data whose scale of negative weights it fits
    source: str


def _preset(name: str, title: str, loss: str, world: str, source: str, **settings: Any) -> Preset:
    return Preset(name, title, loss, MappingProxyType(settings), world, source)


PRESETS: dict[str, Preset] = {
    p.name: p
    for p in (
        _preset(
            "films-mmcl",
            "MMCL on films",
            "mmcl",
            "movielens",
            "this project, tried on the bundled films",
            margins=(0.2, 0.4, 0.6, 0.8),
            weights=_FOUR,
            negative_weight=60.0,
        ),
        _preset(
            "films-ccl",
            "CCL tuned on films",
            "ccl",
            "movielens",
            "this project, tried on the bundled films",
            margin=0.8,
            negative_weight=10.0,
        ),
        _preset(
            "paper-ccl",
            "CCL as published",
            "ccl",
            "gowalla, yelp2018",
            "Mao et al. (SimpleX), arXiv 2109.12613",
            margin=0.9,
            negative_weight=150.0,
        ),
        _preset(
            "paper-mmcl-yelp2018",
            "MMCL as published, Yelp2018",
            "mmcl",
            "yelp2018",
            _MMCL_CODE,
            margins=(0.6, 0.7, 0.8, 0.9),
            weights=_FOUR,
            negative_weight=400.0,
        ),
        _preset(
            "paper-mmcl-gowalla",
            "MMCL as published, Gowalla",
            "mmcl",
            "gowalla",
            _MMCL_CODE,
            margins=(0.7, 0.8, 0.9),
            weights=(0.1, 0.15, 0.75),
            negative_weight=700.0,
        ),
        _preset(
            "paper-ssm-gowalla",
            "SSM as published, Gowalla",
            "ssm",
            "gowalla",
            f"{_BSL_CODE}; there a user's positives are grouped, as in BSL with power 1",
            temperature=0.08,
        ),
        _preset(
            "paper-ssm-yelp2018",
            "SSM as published, Yelp2018",
            "ssm",
            "yelp2018",
            _BSL_CODE,
            temperature=0.11,
        ),
        _preset(
            "paper-bsl-gowalla",
            "BSL as published, Gowalla",
            "bsl",
            "gowalla",
            _BSL_CODE,
            temperature=0.08,
            power=1.22,
        ),
        _preset(
            "paper-bsl-yelp2018",
            "BSL as published, Yelp2018",
            "bsl",
            "yelp2018",
            _BSL_CODE,
            temperature=0.11,
            power=1.1,
        ),
        _preset(
            "paper-directau-gowalla",
            "DirectAU as published, Gowalla",
            "directau",
            "gowalla",
            _DIRECTAU,
            gamma=5.0,
        ),
        _preset(
            "paper-directau-yelp2018",
            "DirectAU as published, Yelp2018",
            "directau",
            "yelp2018",
            _DIRECTAU,
            gamma=1.0,
        ),
        _preset(
            "toy-mmcl",
            "MMCL in the toy world",
            "mmcl",
            "W12",
            "this project",
            margins=(0.2, 0.4, 0.6, 0.8),
            weights=_FOUR,
            negative_weight=2.0,
        ),
    )
}
