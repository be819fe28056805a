"""Results that others published on the same split, to hold ours against."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

_SIMPLEX = "Mao et al. (SimpleX), arXiv 2109.12613: README and logs"
_BSL = "junkangwu/BSL: logs"


@dataclass(frozen=True)
class Published:
    """A published result on the LightGCN split: the best epoch on test.

    Parameters
    ----------
    data : {"gowalla", "yelp2018"}
    title : str
        Model and loss.
    recall, ndcg : float
        At 20.
    source : str
    run : str, optional
        Name of the run, among the stored results, that repeats it.
    trace : tuple of (epoch, recall, ndcg)
        The way there, where it is known; NaN for what is not.
    """

    data: str
    title: str
    recall: float
    ndcg: float
    source: str
    run: str = ""
    trace: tuple[tuple[int, float, float], ...] = ()


PUBLISHED = (
    Published("gowalla", "MF, BPR", 0.1627, 0.1378, "reczoo/BARS"),
    Published(
        "gowalla",
        "MF, CCL, N = 800",
        0.1837,
        0.1493,
        _SIMPLEX,
        "gowalla-ccl-published-n800",
        (
            (1, 0.0895, 0.0678),
            (5, 0.1442, 0.1127),
            (10, 0.1627, 0.1284),
            (20, 0.1776, 0.1424),
            (40, 0.1837, 0.1493),
        ),
    ),
    Published("gowalla", "SimpleX, user attention", 0.1872, 0.1557, _SIMPLEX),
    Published("gowalla", "LightGCN, BPR", 0.1830, 0.1554, "He et al., arXiv 2002.02126"),
    Published("gowalla", "UltraGCN", 0.1862, 0.1580, "Mao et al., arXiv 2110.15114"),
    Published("gowalla", "MF, SSM, N = 800", 0.1759, 0.1395, _BSL, "gowalla-ssm-published-n800"),
    Published(
        "gowalla",
        "MF, BSL, N = 800",
        0.1882,
        0.1584,
        _BSL,
        "gowalla-bsl-published-n800",
        ((5, 0.140, nan), (10, 0.168, nan), (20, 0.179, nan), (50, 0.184, nan)),
    ),
    Published("yelp2018", "MF, BPR", 0.0576, 0.0468, "reczoo/BARS"),
    Published(
        "yelp2018",
        "MF, CCL, N = 800",
        0.0698,
        0.0572,
        _SIMPLEX,
        "yelp2018-ccl-published-n800",
        (
            (1, 0.0334, 0.0268),
            (5, 0.0550, 0.0444),
            (10, 0.0622, 0.0507),
            (20, 0.0687, 0.0565),
            (28, 0.0698, 0.0572),
        ),
    ),
    Published("yelp2018", "SimpleX", 0.0701, 0.0575, _SIMPLEX),
    Published("yelp2018", "LightGCN, BPR", 0.0649, 0.0530, "He et al., arXiv 2002.02126"),
    Published("yelp2018", "UltraGCN", 0.0683, 0.0561, "Mao et al., arXiv 2110.15114"),
    Published("yelp2018", "MF, SSM, N = 800", 0.0721, 0.0592, _BSL, "yelp2018-ssm-published-n800"),
    Published("yelp2018", "MF, BSL, N = 800", 0.0725, 0.0599, _BSL, "yelp2018-bsl-published-n800"),
)
