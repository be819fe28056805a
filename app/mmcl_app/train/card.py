"""The data card: what a table holds, what was left out and why, and what to expect of it."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from mmcl_app.plain import as_text
from mmcl_app.show import chart, mode
from mmcl_app.train.source import FEW_USERS, Source
from mmcl_core.data import Interactions, Own
from mmcl_core.suggest import batch_size_for

FEW_LIKES = 0.2  # of the rows: so few are worth a word


def card(source: Source) -> None:
    """Show the card of a reader's own data."""
    own = source.own
    assert own is not None
    data = own.data
    with st.container(border=True, key="train-card"):
        st.html(f"<h4 class='titles'>{html.escape(data.name)}</h4>")
        with st.container(horizontal=True, gap="medium"):
            for label, value in numbers(data).items():
                st.metric(label, value, width="content")
        left, right = st.columns([6, 5], gap="large")
        with left:
            st.markdown("\n".join(f"- {line}" for line in lines(own)))
        with right:
            _curve(data)
        for warning in warnings(own):
            st.warning(warning)


def numbers(data: Interactions) -> dict[str, str]:
    """Return the size of the data."""
    found = data.describe()
    pairs = len(data.train) + len(data.validation) + len(data.test)
    return {
        "Users": f"{data.n_users:,}",
        "Items": f"{data.n_items:,}",
        "Likes": f"{pairs:,}",
        "Density": f"{found['density']:.{0 if found['density'] > 0.1 else 2}%}",
    }


def lines(own: Own) -> list[str]:
    """Say what was kept, what was left out and why, and how it is split."""
    data = own.data
    counts = data.train.counts + data.validation.counts + data.test.counts
    said = [
        f"Likes of a user: {counts.min():,} to {counts.max():,}, the median is "
        f"{np.median(counts):,.0f}."
    ]
    if own.least is not None:
        said.append(f"A like is a rating of {own.least:g} or more.{_ratings(own)}")
    kept = sum(len(part) for part in (data.train, data.validation, data.test))
    if own.dropped:
        reasons = "; ".join(f"{d.rows:,} {as_text(d.reason)}" for d in own.dropped)
        said.append(f"Of {own.rows:,} rows, {kept:,} were kept. Left out: {reasons}.")
    else:
        said.append(f"All {own.rows:,} rows were kept.")
    said.append(
        f"Split at random for each user: {len(data.train):,} likes to train on, "
        f"{len(data.validation):,} to choose the epoch, {len(data.test):,} for the test. Times are "
        "not used, even if the table has them, so the test does not ask about the future."
    )
    said.append(f"Learned in batches of {batch_size_for(data):,} likes.")
    return said


def _ratings(own: Own) -> str:
    if len(own.ratings) > 10:
        return ""
    each = ", ".join(f"{rating:g} ({rows:,})" for rating, rows in own.ratings)
    return f" Ratings in the table (rows): {each}."


def warnings(own: Own) -> list[str]:
    """Say what makes the data hard to measure, or its reading doubtful."""
    data, said = own.data, []
    tested = int((data.test.counts > 0).sum())
    if tested < FEW_USERS:
        said.append(
            f"Only {tested} users have something held back for the test. That is too few to "
            "measure a difference: look at what happens, and do not decide by it."
        )
    low = sum(d.rows for d in own.dropped if d.reason.startswith("rated below"))
    if own.rows and 1 - low / own.rows < FEW_LIKES:
        said.append(
            f"Only {1 - low / own.rows:.1%} of the rows count as likes. If the rating column "
            'holds counts or amounts, choose a lower rating above, or "none" as its column.'
        )
    if data.n_items <= 20:
        said.append(
            f"With {data.n_items} items everybody's first 20 hold all of them, so Recall@20 and "
            "hit rate say nothing."
        )
    return said


def _curve(data: Interactions) -> None:
    from mmcl_core.figures import describe_popularity, popularity_curve  # Plotly only when needed

    counts = data.train.popularity + data.validation.popularity + data.test.popularity
    words = describe_popularity(counts)
    chart(popularity_curve(counts, mode=mode()), "train-popularity", words)
    st.caption(words.split(". ", 1)[1])
