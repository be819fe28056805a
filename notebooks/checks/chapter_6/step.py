"""One training step: who is pushed, and the move."""

from __future__ import annotations

import torch

from ..exercise import Exercise, Slip


def share_by_hand(s, margins):
    """Share of the negatives, cosines s of any shape, that these margins push."""
    return (s > min(margins)).float().mean().item()


def step_by_hand(tables, loss_of, rate):
    """Move all tables one step downhill, in place, and return them."""
    for table in tables:
        table.grad = None  # backward adds to what is there
    loss_of(*tables).backward()
    with torch.no_grad():
        for table in tables:
            table -= rate * table.grad
    return tables


def _cosines():
    s = torch.tensor([[0.1, 0.3, 0.9], [0.2, -0.5, 0.45], [-0.1, 0.0, 0.15]])
    return [(s, [0.2, 0.4, 0.8]), (s, [0.4, 0.2]), (s.flatten(), [-0.3])]


def _tables():
    generator = torch.Generator().manual_seed(0)
    tables = tuple(torch.randn(n, 2, generator=generator).requires_grad_() for n in (3, 4))
    used = tuple(table.detach().clone().requires_grad_() for table in tables)
    for table in used:
        table.grad = torch.ones_like(table)  # left there by a step before

    def loss_of(users, items):
        return (users @ items.T - 1).square().mean()

    return [(tables, loss_of, 0.1), (used, loss_of, 0.5)]


def _without_clearing(tables, loss_of, rate):
    loss_of(*tables).backward()
    with torch.no_grad():
        for table in tables:
            table -= rate * table.grad
    return tables


def _one_after_another(tables, loss_of, rate):
    for table in tables:
        (gradient,) = torch.autograd.grad(loss_of(*tables), table)
        with torch.no_grad():
            table -= rate * gradient
    return tables


def _first_only(tables, loss_of, rate):
    step_by_hand(tables[:1], lambda first: loss_of(first, *tables[1:]), rate)
    return tables


STEP = (
    Exercise(
        title="The active share",
        level="easy",
        minutes=3,
        reference=share_by_hand,
        cases=_cosines,
        slips=(
            Slip(
                lambda s, margins: (s > max(margins)).float().mean().item(),
                "That counts those past the last margin, which are kicked. A nudge counts too: a "
                "negative is active from the first margin on.",
            ),
            Slip(
                lambda s, margins: (s > margins[0]).float().mean().item(),
                "The order in which margins are listed does not matter: the first one is the "
                "smallest.",
            ),
            Slip(
                lambda s, margins: (s > min(margins)).any(-1).float().mean().item(),
                "That is the share of likes with at least one active negative. Asked is the share "
                "of the negatives.",
            ),
            Slip(
                lambda s, margins: (s >= min(margins)).float().mean().item(),
                "Exactly at the margin the slope is still 0: such a negative is dead.",
            ),
            Slip(
                lambda s, margins: (s > min(margins)).sum().item(),
                "That is how many there are. A share is their mean.",
            ),
        ),
        hints=(
            "A negative is active from the smallest margin on.",
            "`s > min(margins)` is True where; the mean of a tensor needs numbers: `.float()`.",
        ),
        why="Past the smallest margin there is a slope, however small.",
    ),
    Exercise(
        title="One step",
        level="medium",
        minutes=8,
        reference=step_by_hand,
        cases=_tables,
        slips=(
            Slip(
                lambda tables, loss_of, rate: tables,
                "No table has moved. `table = table - ...` makes a new tensor and forgets it; "
                "`table -= ...` changes the one that is there.",
            ),
            Slip(
                lambda tables, loss_of, rate: step_by_hand(tables, loss_of, -rate),
                "That is a step uphill: the gradient points to where the loss grows.",
            ),
            Slip(
                _without_clearing,
                "Right for a first step. At the next one the old gradients are still there, and "
                "`backward` adds to them: set each `table.grad = None` before.",
            ),
            Slip(
                _one_after_another,
                "You move one table and then ask for the gradient of the next. All gradients "
                "belong to the same point: one `backward`, then move all.",
            ),
            Slip(
                lambda tables, loss_of, rate: step_by_hand(tables, loss_of, 1.0),
                "The direction is right, the length is not: the step is the rate times the "
                "gradient.",
            ),
            Slip(_first_only, "Only the first table has moved. Items learn as users do."),
        ),
        hints=(
            "Three things, in this order: forget old gradients, compute new ones, move.",
            "`loss_of(*tables).backward()` puts a gradient into every `table.grad`.",
            "Moving is no part of the loss, so it stands under `with torch.no_grad():` as "
            "`table -= rate * table.grad`.",
        ),
        why="Adam and all the others change only the last line: how far, given the gradient.",
    ),
)
