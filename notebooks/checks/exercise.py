"""What an exercise is, and how an answer to it is judged."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .compare import Unlike, holds_dots, same
from .student import Stopped, ask

Level = Literal["easy", "medium", "hard"]
Cases = Callable[[], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Slip:
    """A typical wrong answer, and what is said to somebody who gives it."""

    answer: Any
    says: str


@dataclass(frozen=True)
class Verdict:
    """What is thought of an answer: `open` is not attempted."""

    state: Literal["open", "wrong", "right"]
    words: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: its solution, and how others are told from it.

    Parameters
    ----------
    title : str
    level : {"easy", "medium", "hard"}
    minutes : int
    reference : function or value
        The solution. A function's source is what `solution` shows; it uses its arguments, `np`
        and `torch` only.
    slips : tuple of Slip
        At least three typical wrong answers, each with the misunderstanding behind it.
    hints : tuple of str
        Markdown, from a nudge to nearly all; at least two.
    why : str
        Markdown, shown with the solution and after a right answer.
    cases : function, optional
        Returns fresh argument tuples; a function is compared with the reference on each of them.
    name : str
        What the notebook calls a value; a function has its own name.
    tolerance : float
        Relative and absolute, of numbers.
    judge : function, optional
        For open questions, where many answers are right: gets the answer, returns what is wrong
        with it, or None. Nothing is compared then.
    """

    title: str
    level: Level
    minutes: int
    reference: Any
    slips: tuple[Slip, ...]
    hints: tuple[str, ...]
    why: str
    cases: Cases | None = None
    name: str = "answer"
    tolerance: float = 1e-4
    judge: Callable[[Any], str | None] | None = None

    @property
    def variable(self) -> str:
        """The name in the notebook that holds the answer."""
        return self.reference.__name__ if callable(self.reference) else self.name

    @property
    def source(self) -> str:
        """The solution as code."""
        if not callable(self.reference):
            return f"{self.name} = {self.reference!r}"
        return textwrap.dedent(inspect.getsource(self.reference)).rstrip()

    def verdict(self, answer: Any) -> Verdict:
        """Judge an answer; whatever it is and does, there is a verdict and no error."""
        try:
            return self._verdict(answer)
        except Stopped as stopped:
            return Verdict("open" if stopped.unfinished else "wrong", str(stopped))

    def _verdict(self, answer: Any) -> Verdict:
        if holds_dots(answer):
            return Verdict("open", "Put your answer in place of ... and run the cell again.")
        if callable(self.reference) and not callable(answer):
            kind = type(answer).__name__
            return Verdict("wrong", f"Expected the function {self.variable}, got a {kind}.")
        if self.judge is not None:
            words = _judged(self.judge, answer)
            return Verdict("wrong", words) if words else Verdict("right", self.why)
        if callable(self.reference):
            return self._compared(answer)
        words = self._unlike(answer, self.reference)
        if words is None:
            return Verdict("right", self.why)
        return Verdict("wrong", self._slip([answer]) or words)

    def _compared(self, answer: Callable[..., Any]) -> Verdict:
        """Compare a function with the reference on every case."""
        assert self.cases is not None
        outcomes = [ask(answer, *case) for case in self.cases()]
        if any(holds_dots(outcome) for outcome in outcomes):
            return Verdict("open", "Put your line in place of ... and run the cell again.")
        for outcome, case in zip(outcomes, self.cases(), strict=True):
            words = self._unlike(outcome, self.reference(*case))
            if words is not None:
                return Verdict("wrong", self._slip(outcomes) or words)
        return Verdict("right", self.why)

    def _unlike(self, got: Any, wanted: Any) -> str | None:
        try:
            same(got, wanted, self.tolerance)
        except Unlike as unlike:
            return str(unlike)
        return None

    def _slip(self, outcomes: Sequence[Any]) -> str | None:
        """Return what is said to the misunderstanding that gives these outcomes, if known."""
        for slip in self.slips:
            known = [slip.answer]
            if callable(slip.answer):
                assert self.cases is not None
                known = [slip.answer(*case) for case in self.cases()]
            if all(self._unlike(*pair) is None for pair in zip(outcomes, known, strict=True)):
                return slip.says
        return None


def _judged(judge: Callable[[Any], str | None], answer: Any) -> str | None:
    """Let `judge` look at an answer of any kind; what it cannot read is said in a sentence."""
    try:
        return judge(answer)
    except Stopped:
        raise
    except Exception as error:
        kind = type(answer).__name__
        return f"Your answer, a {kind}, could not be read: {type(error).__name__}: {error}"
