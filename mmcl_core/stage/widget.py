"""The stage in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmcl_core.stage.payload import scene
from mmcl_core.stage.source import module, style

if TYPE_CHECKING:
    from mmcl_core.trajectories import Trajectory


def show(
    runs: Sequence[Trajectory] | Trajectory,
    *,
    titles: Sequence[str] | None = None,
    **view: Any,
) -> Any:
    """Show one to three runs of one world side by side, in a notebook.

    Parameters
    ----------
    runs : Trajectory or sequence of Trajectory
    titles : sequence of str, optional
        One a run; by default the loss and its margins.
    view
        Where to begin: `playing=True`, `frame=120`, `user=7`, ...; see `mmcl_core.stage.scene`.

    Returns
    -------
    anywidget.AnyWidget
        Its `view` is a dictionary of what is seen: frame, camera, user, ...

    Raises
    ------
    ImportError
        Without anywidget: install the project with its notebooks.

    Examples
    --------
    >>> from mmcl_core.trajectories import record, toy_config
    >>> from mmcl_core.worlds import make_world
    >>> stage = show(record(make_world(seed=0), toy_config(steps=2)), user=7)
    >>> stage.view
    {'user': 7}
    """
    import anywidget
    import traitlets

    class Stage(anywidget.AnyWidget):
        """The stage; the browser writes `view` and `released`."""

        _esm = module("notebook")
        _css = style()
        scene = traitlets.Bytes().tag(sync=True)
        view = traitlets.Dict().tag(sync=True)
        released = traitlets.Dict().tag(sync=True)

    def pack(user: int | None) -> bytes:
        return scene(runs, titles=titles, user=user, view=view)

    stage = Stage(scene=pack(view.get("user")), view=view)

    def pick(change: dict[str, Any]) -> None:
        if change["new"].get("user") != change["old"].get("user"):
            stage.scene = pack(change["new"].get("user"))

    stage.observe(pick, "view")
    return stage
