"""The exercises of the course: `check` an answer, ask for a `hint`, see the `solution`.

An exercise is named by notebook and number, as in its heading: ``check("3.2", my_function)``.
Each chapter file holds the exercises of one notebook; the solution stands there, and only there.
"""

from .desk import check, hint, solution
from .exercise import Exercise, Slip, Verdict
from .register import exercises, find

__all__ = ["Exercise", "Slip", "Verdict", "check", "exercises", "find", "hint", "solution"]
