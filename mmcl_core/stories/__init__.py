"""The presets of the laboratory: each tells one true story, and says what it claims."""

from mmcl_core.stories.claims import Claim, Finding
from mmcl_core.stories.presets import STORIES
from mmcl_core.stories.story import Lane, Story

__all__ = ["STORIES", "Claim", "Finding", "Lane", "Story"]
