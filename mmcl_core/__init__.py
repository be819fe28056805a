"""The core of MMCL Lab, about one question: who pushes, and how hard.

A small library, readable in an evening, about the multi-margin cosine loss for recommender systems
(arXiv 2405.04614) and its rivals. Each room imports only from the rooms before it:

`data`, `worlds`, `sampling`, `products`, `models`, `losses`, `ranking`, `metrics`, `trained`,
`geometry`, `training`, `trajectories`, `stories`, `challenge`, `stage`, `experiments`, `figures`.
"""
