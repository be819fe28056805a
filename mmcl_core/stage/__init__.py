"""The stage: a moving sphere that shows recorded runs, in the app and in notebooks."""

from mmcl_core.stage.payload import scene
from mmcl_core.stage.source import module, script, style
from mmcl_core.stage.widget import show

__all__ = ["module", "scene", "script", "show", "style"]
