"""What several tests of training share: events without their times, and a stop on demand."""

from __future__ import annotations

import dataclasses

from mmcl_core.training import Event


def plain(event: Event) -> str:
    """Show all of an event but the seconds, every number to the last bit."""
    values = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    values.pop("seconds", None)
    trained = values.pop("trained", None)
    if trained is not None:
        values["vectors"] = [trained.users.tobytes(), trained.items.tobytes()]
    return repr((type(event).__name__, values))


class StopAt:
    """Says stop at the n-th question, asked after every step and epoch."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self) -> bool:
        self.left -= 1
        return self.left == 0
