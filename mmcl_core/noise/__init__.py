"""How many negatives: the chance that one of N is active, and how noisy N make the push.

A drawn set of negatives is a sample. What a loss with margins asks of a user does not depend on N,
only how noisily it is asked; a softmax loss asks something else for every N.
"""

from mmcl_core.noise.binned import Binned, binned, in_bins
from mmcl_core.noise.chance import active_by_user, any_active, drawn_any_active
from mmcl_core.noise.drawn import DrawnShares, drawn_shares
from mmcl_core.noise.push import PushNoise, push, push_noise
from mmcl_core.noise.relative import aim, deviation, one_negative, relative_noise

__all__ = [
    "Binned",
    "DrawnShares",
    "PushNoise",
    "active_by_user",
    "aim",
    "any_active",
    "binned",
    "deviation",
    "drawn_any_active",
    "drawn_shares",
    "in_bins",
    "one_negative",
    "push",
    "push_noise",
    "relative_noise",
]
