"""The words of the project, a line each."""

from __future__ import annotations

import streamlit as st

WORDS = {
    "cosine": "How near a user and an item point to the same direction: 1 the same, 0 unrelated, "
    "-1 opposite.",
    "positive, negative": "An item that the user is known to like; one drawn at random, which is "
    "pushed away. Unobserved is not disliked: some negatives are false.",
    "margin": "The cosine at which a negative starts to be pushed, or to be pushed harder.",
    "band": "The cosines between two neighbouring margins. Below the first margin a pair is "
    "*dead*, above it *active*.",
    "band weight (w_k)": "How much the slope rises at margin k.",
    "negative weight (w_n)": "A common factor of the whole push.",
    "slope": "How hard one negative is pushed: the derivative of the penalty.",
    "leverage": "The part of the slope that can move a point along the sphere, the root of "
    "1 - s². On top of the user it is 0.",
    "active share": "Share of random user-item pairs that are pushed at all.",
    "push budget": "The mean slope over random pairs: how many are pushed, times how hard.",
    "closeness": "Mean squared distance between users and their held-out likes, also called "
    "alignment: lower is closer.",
    "spread": "How evenly the items cover the sphere, also called uniformity: lower is wider.",
    "lane": "One of up to three trainings side by side, from the same start.",
    "Recall@10": "Share of a user's held-out likes that are among the ten best recommendations.",
    "NDCG@20": "Quality of the twenty best recommendations: 1 is perfect, and a hit counts more "
    "near the top.",
    "epoch": "One pass over all training positives.",
}


def glossary() -> None:
    """Show a button that opens the words."""
    with st.popover("Glossary"):
        st.markdown("\n\n".join(f"**{word}**: {meaning}" for word, meaning in WORDS.items()))
