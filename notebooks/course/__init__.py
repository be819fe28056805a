"""What the notebooks share: figures on a card, globes, guesses."""

from .cards import setup
from .clouds import push_clouds
from .gains import gain_figure, gain_sets
from .globe import globes
from .guesses import reveal
from .lines import lines
from .moment import moment
from .plane import arrows, picture
from .plots import (
    comparison,
    histograms,
    line,
    live,
    penalty_figure,
    refresh,
    training_curves,
)

__all__ = [
    "arrows",
    "comparison",
    "gain_figure",
    "gain_sets",
    "globes",
    "histograms",
    "line",
    "lines",
    "live",
    "moment",
    "penalty_figure",
    "picture",
    "push_clouds",
    "refresh",
    "reveal",
    "setup",
    "training_curves",
]
