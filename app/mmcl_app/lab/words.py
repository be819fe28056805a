"""The numbers of the Lab in words, formulas and a table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mmcl_app.lab.reading import Reading, read
from mmcl_app.lab.settings import RUN_TITLES, STAIRCASES
from mmcl_app.snapshots import snapshot
from mmcl_app.tables import framed
from mmcl_core.colours import GLYPHS, band_colours, band_symbols


def glyph(band: int, k: int) -> str:
    """Return the shape of a band as a character."""
    return GLYPHS[band_symbols(k)[band]]


def percent(share: float) -> str:
    """Write a share so that a small one is not lost: 13.7%, 0.06%, 0%."""
    value = 100 * share
    if value == 0:
        return "0%"
    return f"{value:.1f}%" if value >= 1 else f"{value:.2g}%"


def amount(value: float) -> str:
    """Write a number with three digits that count: 60, 0.746, 33.7."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def alike(values: Sequence[float], total: float) -> list[str]:
    """Write the parts of a total with the same decimals, three digits of the total."""
    digits = 3 if total < 1 else 2 if total < 10 else 1 if total < 100 else 0
    return [f"{value:.{digits}f}" for value in values]


def formula(reading: Reading, negative_weight: float) -> str:
    """Return penalty, mean penalty and budget as LaTeX with the present numbers."""
    if not reading.steps:
        return r"f(s) = 0 \quad\text{for every } s"
    terms = [rf"{amount(w)}\,[s {'-' if m >= 0 else '+'} {abs(m):.2f}]_+" for m, w in reading.steps]
    lines = [" + ".join(terms[i : i + 2]) for i in range(0, len(terms), 2)]
    joined = r" \\ &\qquad\quad + ".join(lines)
    *parts, budget = alike([*reading.added, reading.budget], reading.budget)
    total = f"{' + '.join(parts)} = {budget}" if len(parts) > 1 else budget
    return (
        r"\begin{aligned}"
        rf"f(s) &= {amount(negative_weight)}\,\bigl(\, {joined} \,\bigr) \\[4pt]"
        rf"\text{{mean }} f &= {amount(reading.mean_penalty)} \\[4pt]"
        rf"\text{{mean }} f' &= {total}"
        r"\end{aligned}"
    )


def band_table(reading: Reading, mode: str) -> str:
    """Return the bands as an HTML table: who, how many, how hard, and what it costs."""
    k = len(reading.steps)
    tints = band_colours(k, mode)
    edges = [-1.0, *(m for m, _ in reading.steps), 1.0]
    largest = max([*reading.added, 1e-12])
    *parts, budget = alike([*reading.added, reading.budget], reading.budget)
    rows = []
    for band in range(k, -1, -1):
        chip = f"<span style='color:{tints[band]}'>{glyph(band, k)}</span>"
        name = f"band {band}" if band else "dead"
        added = ""
        if band:
            width = 100 * reading.added[band - 1] / largest
            bar = f"<i style='width:{width:.1f}%;background:{tints[band]}'></i>"
            added = f"<span class='bar'>{bar}</span>{parts[band - 1]}"
        rows.append(
            f"<tr><th scope='row'>{chip} {name}</th>"
            f"<td>{edges[band]:.2f} to {edges[band + 1]:.2f}</td>"
            f"<td>{percent(reading.shares[band])}</td>"
            f"<td>{amount(reading.slopes[band])}</td><td>{added}</td></tr>"
        )
    head = "".join(
        f"<th scope='col'>{html.escape(title)}</th>"
        for title in ("band", "cosine", "pairs", "slope", "adds to the push budget")
    )
    foot = (
        "<tr><th scope='row'>all</th><td></td>"
        f"<td>{percent(reading.active)} pushed</td><td></td>"
        f"<td><b>{budget}</b></td></tr>"
    )
    return framed(
        "Who pays the budget, by band",
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody><tfoot>{foot}</tfoot>",
    )


@dataclass(frozen=True)
class Question:
    """A guided question and its answer."""

    title: str
    ask: str
    answer: str


def _of(preset: str, run: str, epoch: str = "40") -> Reading:
    stairs = STAIRCASES[preset]
    pairs = snapshot(run, epoch).pairs
    return read(stairs.margins, stairs.weights, stairs.negative_weight, pairs)


@lru_cache(maxsize=1)
def questions() -> dict[str, Question]:
    """Return the guided questions, their answers with numbers from the snapshots."""
    stranger = _of("paper-ccl", "films-mmcl")
    home = {run: _of(run, run) for run in RUN_TITLES}
    stairs = STAIRCASES
    budgets = ", ".join(f"{amount(home[run].budget)} ({RUN_TITLES[run]})" for run in home)
    actives = ", ".join(f"{percent(home[run].active)} ({RUN_TITLES[run]})" for run in home)
    totals = ", ".join(amount(stairs[run].negative_weight) for run in home)
    mm = home["films-mmcl"]
    first = mm.added[0] / mm.budget
    last = mm.added[-1] / mm.budget
    return {
        "1": Question(
            "Whom does a high margin see?",
            "MMCL has trained for 40 epochs. Now ask the published single margin: **whom would it "
            "push here?** Guess a share of the pairs, then look at the numbers.",
            f"Almost nobody: {percent(stranger.active)} of the pairs are past 0.90, so nearly "
            "every pair is dead to it. That alone is not bad: dead mostly means far enough "
            "already. But look where that penalty itself brings the cosines: choose the cosines "
            "of **CCL, published**. To reach its margin it had to let pairs crowd together.",
        ),
        "2": Question(
            "Does a heavier negative weight push more?",
            f"The three runs have negative weights {totals}. **Whose push budget is largest once "
            "trained?** Here is the published CCL on its own cosines. Move the epoch from 0 to "
            "40, then give each run its own penalty.",
            f"At rest the budgets are within a factor of two: {budgets}. What differs is who pays: "
            f"pushed pairs are {actives}. Push has to balance pull, so a heavier negative "
            "weight ends with fewer pairs pushed, each of them harder.",
        ),
        "3": Question(
            "Where is the force strongest?",
            "The slope only rises. The force along the sphere is slope x leverage, the dotted "
            "line. **At which cosine is it largest, and which margin spends most of the budget?**",
            "Just past the last margin, then it falls to nothing: a negative exactly on the user "
            "has the steepest slope and cannot be moved sideways. And most of the budget is "
            f"spent early: the first margin adds {first:.0%} of it with soft nudges to many "
            f"pairs, the last one {last:.0%} with hard kicks to a few.",
        ),
    }
