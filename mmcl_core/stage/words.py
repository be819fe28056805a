"""What the stage says; a name in braces stands for what is seen at the moment."""

from __future__ import annotations

WORDS = {
    "where": "Step {step} of {last}",
    # Under a pane.
    "all": "{share} of pairs active, closeness {closeness}",
    "waiting": "{share} of pairs active, closeness {closeness}. Waiting for this user's draws.",
    "over": "{share} of pairs active, closeness {closeness}. The steps ahead leave out this user.",
    "step": "Step {step}: {active} of {drawn} negatives active, push {push}, pull {pull}.",
    # Under a pane, in the sub-steps of slow motion.
    "doing": [
        "Negatives: {drawn}.",
        "Each number is a cosine.",
        "{active} of {drawn} negatives active.",
        "Push {push}, by {active} of {drawn} negatives.",
        "Pull {pull}, against a push of {push}.",
    ],
    "phases": [
        "Sample: user {user} meets an item it likes, and items drawn as negatives.",
        "Score: each item's score is its cosine with the user.",
        "Select: a negative past the first margin is active and wears its band; the rest is dead.",
        "Push: active negatives and the user push each other away, slope times leverage.",
        "Pull: positive and user pull each other closer. Then all forces of the batch act at once.",
    ],
    "dead": "dead",
    # About one point.
    "user": "User {id}, taste {taste}",
    "item": "Item {id}, taste {taste}",
    "pair": "{like}: cosine {cosine}, {band}, penalty {penalty}, slope {slope}, "
    "leverage {leverage}",
    "liked": ", liked",
    "held": ", a like held out",
    "band": "band {k} of {of}",
    # The legend.
    "free": "Circles are users, squares are items; colour is taste. Pick a user to see its forces.",
    "picked": "Blue squares are liked, filled where drawn. Rings are margins, shapes are bands. "
    "Arrows are forces: one as long as the radius is a force of {force}.",
    # What cannot be shown.
    "nothing": "There are no points to show.",
    "cut": "The scene is incomplete: its positions are not as many as it announces.",
}
FLAT = " A projection of {dim} dimensions: distances here mislead, numbers do not."


def words(dim: int) -> dict[str, object]:
    """Return what the stage says about points of so many dimensions."""
    more = FLAT if dim > 3 else ""
    return {**WORDS, "free": f"{WORDS['free']}{more}", "picked": f"{WORDS['picked']}{more}"}
