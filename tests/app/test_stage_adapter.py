"""What a page knows of the stage's view."""

from __future__ import annotations

from mmcl_app.stage import seen
from mmcl_core.stage.payload import HOME


def test_before_a_hand_did_anything_it_is_what_the_page_wants() -> None:
    assert seen({"turn": 0, "frame": 4}, None) == {**HOME, "turn": 0, "frame": 4}


def test_then_the_hand_decides() -> None:
    told = {**HOME, "turn": 0, "frame": 9, "user": 7}
    assert seen({"turn": 0, "frame": 4, "user": 2}, told) == told


def test_until_the_page_goes_somewhere_else() -> None:
    told = {**HOME, "turn": 0, "frame": 9, "user": 7, "speed": 2}
    found = seen({"turn": 1, "frame": 4, "user": None}, told)
    assert found == {**told, "turn": 1, "frame": 4, "user": None}
