"""Figures: arrays in, Plotly figure out; no training, no files.

Every figure comes with a function that says in words what it shows, for those who cannot see it.
"""

from mmcl_core.colours import Palette, band_colours, band_symbols, palette
from mmcl_core.figures.against import Against, against, describe_against
from mmcl_core.figures.comparisons import Series, comparison, describe_comparison
from mmcl_core.figures.costs import costs, describe_costs
from mmcl_core.figures.gains import Gain, Gains, describe_gains, gain_figure
from mmcl_core.figures.noise import Cloud, describe_push_clouds, push_clouds
from mmcl_core.figures.penalties import describe_penalty, penalty_figure
from mmcl_core.figures.penalty_traces import Rival
from mmcl_core.figures.popularity import describe_popularity, popularity_curve
from mmcl_core.figures.rounds import describe_rounds, rounds_figure
from mmcl_core.figures.runs import RunCurve, describe_runs, training_curves
from mmcl_core.figures.steps import merged_steps

__all__ = [
    "Against",
    "Cloud",
    "Gain",
    "Gains",
    "Palette",
    "Rival",
    "RunCurve",
    "Series",
    "against",
    "band_colours",
    "band_symbols",
    "comparison",
    "costs",
    "describe_against",
    "describe_comparison",
    "describe_costs",
    "describe_gains",
    "describe_penalty",
    "describe_popularity",
    "describe_push_clouds",
    "describe_rounds",
    "describe_runs",
    "gain_figure",
    "merged_steps",
    "palette",
    "penalty_figure",
    "popularity_curve",
    "push_clouds",
    "rounds_figure",
    "training_curves",
]
