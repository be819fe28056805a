"""Nasty input, hand-made and random, and a way to count the cases that were tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECONDS = 2  # no case may take longer
SHARES: dict[str, int] = {}  # cases of each test below `tried`

MARKUP = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "![x](//a.b)",
    "[x](javascript:window.hacked=1)",
    ":red[x]",
    "$\\frac{1}{0}$",
    "`x`",
    "</style><svg onload=window.hacked=1>",
)
FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@sum(a1)",
    "\t=1",
    "\r=1",
    "=cmd|'/c calc'!a0",
    "x;=1+1",
    "\uff1d1",
)
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fx",
    "/dev/zero",
    "C:\\x",
    "file:" + "///etc/passwd",
    "~",
    ".",
)
NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1e999",
    "1e-400",
    "0x10",
    "1_000",
    "٣",
    "-0",
    "9" * 5000,
)
BREAKS = (
    "\0",
    "\n",
    "\r",
    "\u2028",
    "\ufeff",
    "\u202e",
    '"',
    "'''",
    '"""',
    "\\",
    "{{7*7}}",
    "%s%n",
)
CODE = ("__import__('os').abort()", "'); raise SystemExit(", "${jndi:x}", "; drop table x; --")
ALL = (*MARKUP, *FORMULAS, *PATHS, *NUMBERS, *BREAKS, *CODE)

nasty = st.one_of(
    st.sampled_from(ALL),
    st.text(max_size=30),
    st.lists(st.sampled_from([*ALL, "~", "_", ".", ",", "&", "1", "0.5"]), max_size=6).map("".join),
)


def refusal(kind: type[Exception], act: Callable[[], object]) -> str:
    """Return the words of the one kind of error that `act` may raise; none if it does its work."""
    try:
        act()
    except kind as error:
        return str(error) or "no words"
    return ""


def mutated(good: str) -> st.SearchStrategy[str]:
    """Return good text with a few places cut out, doubled or replaced by something nasty."""

    def changed(changes: list[tuple[int, int, str]]) -> str:
        text = good
        for place, length, new in changes:
            at = place % (len(text) + 1)
            text = text[:at] + new + text[at + length :]
        return text

    change = st.tuples(st.integers(0, len(good)), st.integers(0, 30), st.one_of(nasty, st.just("")))
    return st.lists(change, min_size=1, max_size=4).map(changed)


def tried(cases: int, *given_: st.SearchStrategy[Any]) -> Callable[..., Callable[[], None]]:
    """Try a test on so many random cases, each within `SECONDS`, and see that they all were."""

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        SHARES[check.__name__] = cases

        def test() -> None:
            count = 0

            @settings(
                max_examples=cases,
                deadline=1000 * SECONDS,
                suppress_health_check=list(HealthCheck),
            )
            @given(st.tuples(*given_))
            def each(case: tuple[Any, ...]) -> None:
                nonlocal count
                count += 1
                check(*case)

            each()
            assert count >= cases

        test.__name__ = check.__name__
        return test

    return decorate
