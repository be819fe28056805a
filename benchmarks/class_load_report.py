"""What a class has shown, as a report in Markdown: bounds first, then times, trainings, memory."""

from __future__ import annotations

import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from class_load_students import Log, Sample, Turn

SECONDS = 1.0  # bound for light moves, 95th percentile
TRAINING, AFTER = 25.0, 5.0  # bounds in MB a training student: while training, and after
FLAT = 1.0  # MB a student that a second class may leave behind
NEAR = 1.5  # seconds within which two clicks, or two starts, count as at once


@dataclass
class Memory:
    """Memory of the server in MB, before and while `students` train."""

    students: int
    before: float
    opened: float
    most: float
    ended: float
    left: float

    @property
    def training(self) -> float:
        """MB a student, page and training, at the worst moment."""
        return (self.most - self.before) / self.students

    @property
    def after(self) -> float:
        """MB a student whose training has ended and who looks at the results."""
        return (self.ended - self.opened) / self.students

    @property
    def gone(self) -> float:
        """MB a student who has left."""
        return (self.left - self.before) / self.students

    def sentence(self) -> str:
        """Say it in a line."""
        return (
            f"{self.students} students train: {self.training:.1f} MB each at most, "
            f"{self.after:.1f} MB each for a training that has ended, "
            f"{self.gone:.1f} MB each once they have left"
        )


@dataclass
class Report:
    """All that was measured."""

    students: int
    minutes: float
    log: Log
    first: Memory
    memory: Memory
    class_memory: list[tuple[float, float]] = field(default_factory=list)
    after: float = 0.0
    again: float = 0.0
    threads: int = 0

    @property
    def light(self) -> list[float]:
        """Seconds of all light moves."""
        return [sample.seconds for sample in self.log.samples if sample.light]

    def bounds(self) -> list[tuple[str, str, str, bool]]:
        """Return each bound: what, found, allowed, whether it is met."""
        log, memory = self.log, self.memory
        slow = percentile(self.light, 95)
        growth = (self.again - self.after) / self.students
        unfair, unplaced = out_of_order(log.turns), without_place(log.turns)
        return [
            ("errors", str(len(log.errors)), "0", not log.errors),
            (f"lost states, {log.checks} looks", str(len(log.lost)), "0", not log.lost),
            ("light moves, 95th percentile", f"{slow:.2f} s", f"{SECONDS:g} s", slow < SECONDS),
            ("trainings out of order", str(unfair), "0", unfair == 0),
            ("waiting without a place shown", str(unplaced), "0", unplaced == 0),
            _bound("a student who trains", memory.training, TRAINING),
            _bound("a training that has ended", memory.after, AFTER),
            _bound("a training student who left", memory.gone, AFTER),
            _bound("a student of a second class", growth, FLAT),
        ]

    @property
    def met(self) -> bool:
        """Whether all bounds are met."""
        return all(met for *_, met in self.bounds())

    def text(self) -> str:
        """Return the report."""
        head = (
            f"# A class of {self.students} students, {self.minutes:g} minutes\n\n"
            f"Python {platform.python_version()}, {platform.machine()}; students and server on one "
            f"machine. {len(self.log.samples)} moves, {len(self.log.turns)} trainings, "
            f"{self.threads} threads at the end."
        )
        bounds = table(
            ("what", "found", "allowed", ""),
            [(*row, "met" if met else "**not met**") for *row, met in self.bounds()],
        )
        parts = [head, bounds, self._moves(), self._trainings(), self._memory()]
        for title, lines in (("Errors", self.log.errors), ("Lost states", self.log.lost)):
            if lines:
                listed = "\n".join(f"- {line[:1000]}" for line in lines[:20])
                parts.append(f"## {title}\n\n{listed}")
        return "\n\n".join(parts)

    def _moves(self) -> str:
        groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        for sample in self.log.samples:
            groups[_kind(sample)].append(sample.seconds)
        rows = [
            (page, what, kind, str(len(found)), *spread(found))
            for (page, what, kind), found in sorted(groups.items())
        ]
        rows.append(("all", "", "light", str(len(self.light)), *spread(self.light)))
        columns = ("page", "move", "", "times", "median", "90 %", "95 %", "most")
        return f"## Seconds until a move was answered\n\n{table(columns, rows)}"

    def _trainings(self) -> str:
        ended = [turn for turn in self.log.turns if turn.ended]
        waits = [turn.began - turn.clicked for turn in ended]
        lasted = [turn.ended - turn.began for turn in ended]
        deepest = max((max(t.places) for t in self.log.turns if t.places), default=0)
        rows = [
            ("wait in the queue", str(len(waits)), *spread(waits)),
            ("from the first epoch to the end", str(len(lasted)), *spread(lasted)),
        ]
        columns = ("seconds", "times", "median", "90 %", "95 %", "most")
        said = f"The longest queue had {deepest} in it."
        return f"## Trainings on films\n\n{table(columns, rows)}\n\n{said}"

    def _memory(self) -> str:
        if not self.class_memory:
            return ""
        began = self.class_memory[0][0]
        minutes: dict[int, float] = {}
        for when, held in self.class_memory:
            minutes[int((when - began) // 60)] = held
        rows = [(f"class, minute {minute + 1}", f"{held:.0f}") for minute, held in minutes.items()]
        rows = [
            ("before the students", f"{self.first.before:.0f}"),
            ("before the class", f"{self.memory.left:.0f}"),
            *rows,
            ("all have left", f"{self.after:.0f}"),
            ("a second class has left", f"{self.again:.0f}"),
        ]
        said = f"{self.memory.sentence()}. In the round before: {self.first.sentence()}."
        return f"## Memory of the server\n\n{table(('when', 'MB'), rows)}\n\n{said}"


def _bound(what: str, found: float, allowed: float) -> tuple[str, str, str, bool]:
    return f"memory, {what}", f"{found:.1f} MB", f"{allowed:g} MB", found <= allowed


def _kind(sample: Sample) -> tuple[str, str, str]:
    return sample.page, sample.what, "light" if sample.light else "trains or opens"


def out_of_order(turns: Iterable[Turn]) -> int:
    """Count pairs of trainings of which the one clicked later began earlier."""
    began = sorted((turn for turn in turns if turn.began), key=lambda turn: turn.clicked)
    return sum(
        late.clicked - early.clicked > NEAR and early.began - late.began > NEAR
        for i, early in enumerate(began)
        for late in began[i + 1 :]
    )


def without_place(turns: Iterable[Turn]) -> int:
    """Count trainings that waited and were not told their place, or were sent back in the queue."""
    waited = [turn for turn in turns if turn.began and turn.began - turn.clicked > 2 * NEAR]
    return sum(not t.places or t.places != sorted(t.places, reverse=True) for t in waited)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; infinity if there are too few values."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else float("inf")


def spread(values: Sequence[float]) -> tuple[str, ...]:
    """Return median, 90th and 95th percentile and maximum as text."""
    if len(values) < 2:
        return (*(f"{value:.2f}" for value in values), *[""] * (4 - len(values)))
    found = (*(percentile(values, p) for p in (50, 90, 95)), max(values))
    return tuple(f"{value:.2f}" for value in found)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
