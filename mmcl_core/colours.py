"""One set of colours and shapes for every figure, on light and on dark.

Grey is dead. Bands 1 to K run along one ramp that leaves the background step by step: darker on
light, brighter on dark; each band also has its own marker shape. Positives are blue, a hue that
the ramp never has. Runs A, B, C differ in hue, dash and shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmcl_core import _checks

MODES = ("light", "dark")
MOST_BANDS = 6
SHAPES = ("circle", "square", "diamond", "triangle-up", "star", "hexagon")
GLYPHS = {  # the shapes as characters, "x" for dead
    "x": "✕",
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "star": "★",
    "hexagon": "⬢",
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True)
class Palette:
    """The colours of one mode, as CSS hexadecimal values."""

    text: str
    muted: str
    grid: str
    dead: str
    positive: str
    ramp: tuple[str, ...]
    runs: tuple[str, ...]


_PALETTES = {
    "light": Palette(
        text="#23262d",
        muted="#5d6470",
        grid="#e3e5ea",
        dead="#8b919b",
        positive="#1f5fc4",
        ramp=("#c28500", "#d2691e", "#c64128", "#a32330", "#751530", "#480d26"),
        runs=("#00796b", "#7446c7", "#6b6000", "#ad1f7b", "#4e5a6b", "#8a5a00"),
    ),
    "dark": Palette(
        text="#e9e6e1",
        muted="#a7abb3",
        grid="#343842",
        dead="#7d838e",
        positive="#7fb3ff",
        ramp=("#87621b", "#b9702c", "#dd7750", "#f48f86", "#fbb3ae", "#ffdcd6"),
        runs=("#4fd1bd", "#b99bf5", "#d9cf6a", "#f28ac9", "#aab6c8", "#e0b45c"),
    ),
}


def palette(mode: str = "light") -> Palette:
    """Return the colours for a light or a dark background.

    Raises
    ------
    ValueError
        If the mode is neither "light" nor "dark".

    Examples
    --------
    >>> palette("dark").positive
    '#7fb3ff'
    """
    return _PALETTES[_checks.choice("mode", mode, MODES)]


def band_colours(k: int, mode: str = "light") -> tuple[str, ...]:
    """Colours of dead and of bands 1 to K: grey, then even steps along the ramp, end to end.

    Parameters
    ----------
    k : int
        Number of bands.
    mode : {"light", "dark"}

    Returns
    -------
    tuple of K + 1 colours

    Examples
    --------
    >>> band_colours(2)
    ('#8b919b', '#c28500', '#480d26')
    """
    colours = palette(mode)
    last = len(colours.ramp) - 1
    places = [band * last / (k - 1) for band in range(k)] if k > 1 else [last // 2] * k
    return (colours.dead, *(_between(colours.ramp, place) for place in places))


def _between(ramp: tuple[str, ...], place: float) -> str:
    """Return the colour at `place`, 0 to len(ramp) - 1, mixed from its two neighbours."""
    low = min(int(place), len(ramp) - 2)
    share = place - low
    pairs = ((int(ramp[low][i : i + 2], 16), int(ramp[low + 1][i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def band_symbols(k: int) -> tuple[str, ...]:
    """Marker shapes of dead and of bands 1 to K.

    Examples
    --------
    >>> band_symbols(2)
    ('x', 'circle', 'square')
    """
    return ("x", *(SHAPES[band % len(SHAPES)] for band in range(k)))


def taste_colours(n: int, mode: str = "light") -> tuple[str, ...]:
    """Colours of n tastes: hues in equal steps, every second one lighter, in the OKLCH space.

    Examples
    --------
    >>> taste_colours(2)
    ('#9e4c4e', '#00a0a6')
    """
    _checks.choice("mode", mode, MODES)
    base = 0.52 if mode == "light" else 0.68
    hues = [math.radians(20 + 360 * taste / n) for taste in range(n)]
    return tuple(_oklch(base + 0.12 * (i % 2), 0.11, hue) for i, hue in enumerate(hues))


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return a colour given as in CSS `oklch()`, the hue in radians."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    rows = (
        (0.3963377774, 0.2158037573),
        (-0.1055613458, -0.0638541728),
        (-0.0894841775, -1.291485548),
    )
    cones = [(lightness + x * a + y * b) ** 3 for x, y in rows]
    linear = (
        sum(weight * cone for weight, cone in zip(row, cones, strict=True))
        for row in (
            (4.0767416621, -3.3077115913, 0.2309699292),
            (-1.2684380046, 2.6097574011, -0.3413193965),
            (-0.0041960863, -0.7034186147, 1.707614701),
        )
    )
    inside = (min(max(x, 0.0), 1.0) for x in linear)
    curved = (12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055 for x in inside)
    return "#" + "".join(f"{round(255 * x):02x}" for x in curved)


def faded(colour: str, alpha: float) -> str:
    """Return a hexadecimal colour as a CSS rgba value.

    Examples
    --------
    >>> faded("#102030", 0.5)
    'rgba(16,32,48,0.5)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
