"""What a sweep says while it goes: a line when a cell begins or ends, and a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

from mmcl_core.experiments import Estimate, State
from mmcl_core.experiments.estimate import in_words

_EVERY = 2.0  # seconds between two looks at how far the running cells are


class Progress:
    """Shows a sweep's `State` on the terminal; call it with every change.

    Parameters
    ----------
    estimate : Estimate
    side_by_side : callable, optional
        Says how many cells run at a time now; by default what the estimate assumes.
    """

    def __init__(self, estimate: Estimate, side_by_side: Callable[[], int] | None = None) -> None:
        self.estimate, self.side_by_side = estimate, side_by_side
        self.bar = tqdm(unit="run", file=sys.stderr, disable=None)  # a bar on terminals only
        self.finished: set[str] | None = None
        self.running: set[str] = set()
        self.shown = 0.0

    def __call__(self, state: State) -> None:
        """Show what is new."""
        if self.finished is None:
            self.finished = set(state.records)
        running = {cell.name for cell in state.running}
        new = sorted(set(state.records) - self.finished)
        due = not self.bar.disable and time.monotonic() > self.shown + _EVERY
        if running != self.running or new or due:
            self.shown = time.monotonic()
            if self.side_by_side:
                self.estimate.at_once = self.side_by_side()
            left = self.estimate.seconds_left(state)
            about = f", about {in_words(left)} left" if left else ""
            self.bar.set_postfix_str(f"{' '.join(sorted(running))}{about}", refresh=False)
            for name in new:
                self._say(f"done    {name}: {_outcome(state, name)}{about}")
            for name in sorted(running - self.running):
                self._say(f"begins  {name}")
        self.finished, self.running = set(state.records), running
        self.bar.total, self.bar.n = state.total, len(state.records)
        self.bar.refresh()

    def _say(self, line: str) -> None:
        self.bar.write(line, file=sys.stderr)
        sys.stderr.flush()

    def close(self) -> None:
        """End the bar."""
        self.bar.close()


def _outcome(state: State, name: str) -> str:
    result = state.records[name]["result"]
    metrics = list((result["test"] or result["validation"]).items())[:2]
    return ", ".join([result["reason"], *(f"{key} {value:.4f}" for key, value in metrics)])
