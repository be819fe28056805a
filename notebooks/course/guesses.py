"""What was predicted beside what was measured."""

from __future__ import annotations


def reveal(what: str, measured: float, guess: float | None = None) -> None:
    """Print a measured number beside the guess made before."""
    yours = "you made no guess" if guess is None else f"you guessed {guess:g}"
    print(f"{what}: {measured:.3g} ({yours})")
