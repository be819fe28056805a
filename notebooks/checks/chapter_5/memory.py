"""What a tensor weighs."""

from __future__ import annotations

from ..exercise import Exercise, Slip

BYTES = Exercise(
    title="Count the bytes",
    level="easy",
    minutes=4,
    reference=(26_214_400, 104_857_600),
    slips=(
        Slip(
            (6_553_600, 26_214_400),
            "These are the numbers of entries. Each is a float32 and takes 4 bytes.",
        ),
        Slip(
            (104_857_600, 26_214_400),
            "Both are right, in the other order: (B, K, N) first, then (B, N, D).",
        ),
        Slip(
            (209_715_200, 838_860_800),
            "These are bits. A byte has 8 of them, so a float32 takes 4 bytes.",
        ),
        Slip(
            (52_428_800, 209_715_200),
            "With 8 bytes each that would be right; a float32 has 32 bits.",
        ),
        Slip((25, 100), "In units of 2 to the 20th that is right; give whole bytes."),
    ),
    hints=(
        "A tensor has as many entries as the product of its shape says.",
        "512 x 16 x 800 entries in the first, 512 x 800 x 64 in the second, 4 bytes each.",
    ),
    why="512 x 16 x 800 x 4 = 26,214,400 and 512 x 800 x 64 x 4 = 104,857,600. Autograd keeps "
    "several of such a kind until the backward pass is done.",
)
