"""The corner of every page: copy its link, or show it to a class with a QR code."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from mmcl_app.home.addresses import address, origin
from mmcl_app.present.layout import way_out
from mmcl_app.present.manner import CONTROLS, Manner, control, manner
from mmcl_app.share.copying import copy_button
from mmcl_app.state import short_words

_STYLE = """<style>
.st-key-corner { position: fixed; top: .7rem; right: 3.6rem; z-index: 1000000; width: auto;
  flex-flow: row wrap; justify-content: flex-end; align-items: center; gap: .4rem; }
.st-key-corner button { min-height: 2.1rem; padding: .15rem .7rem; }
.st-key-corner [data-testid="stElementContainer"] { width: auto; }
.st-key-qr { max-width: min(76vh, 100%); margin: 0 auto; }
@media (max-width: 640px) { .st-key-corner { top: .55rem; right: 3.2rem; } }
</style>"""
_ALONE = ("localhost", "127.0.0.1", "::1")

ONLY_HERE = """
Only this computer can open this address. Stop the laboratory and start it with `make serve`: then
students reach it.
"""


def corner(page: str) -> None:
    """Show the buttons, and the link if it is asked for; after the page, whose words it takes.

    Parameters
    ----------
    page : str
        As in the address; "" is Start.
    """
    st.html(_STYLE)
    with st.container(key="corner", horizontal=True, width="content"):
        way_out()
        _buttons(page)


@control("link")
def _buttons(page: str) -> None:
    bases = _bases()
    copy_button("copy-link", base=bases[0] if bases[0] != origin() else "")
    if st.button("QR", key="share", help="This page's link, large, with a QR code."):
        show_link(page, short_words(), "This page as it stands")


def show_link(page: str, words: Mapping[str, str], title: str) -> None:
    """Open a window with a link, its QR code, and the choice of what to hide or lock."""

    @st.dialog(title, width="large")
    def window() -> None:
        _window(page, words)

    window()


def _window(page: str, words: Mapping[str, str]) -> None:
    bases, now = _bases(), manner()
    code, beside = st.columns([3, 2], gap="medium")
    with beside:
        base = st.radio("Address", bases) if len(bases) > 1 else bases[0]
        wanted = Manner(False, now.hide, now.lock) if now.hide or now.lock else _chosen()
        link = address(page, {**words, **wanted.words()}, base)
        copy_button("copy-this", link=link)
        st.code(link, language=None, wrap_lines=True)
        if urlsplit(base).hostname in _ALONE:
            st.warning(ONLY_HERE)
    with code, st.container(key="qr"):
        from mmcl_app.share.qr import svg  # with its library, which only this window needs

        st.image(svg(link), width="stretch", alt="QR code of this link")


def _chosen() -> Manner:
    """Ask for what the link shall say beside the state of the page."""
    names = list(CONTROLS)
    present = st.toggle("For a projector: large, few words", key="share.present")
    told = {name: one.about for name, one in CONTROLS.items()}

    def ask(label: str, key: str, known: list[str]) -> tuple[str, ...]:
        picked = st.multiselect(
            label, known, key=key, format_func=lambda name: told[name], placeholder="nothing"
        )
        return tuple(name for name in known if name in picked)

    hide = ask("Hide", "share.hide", [name for name in names if CONTROLS[name].hides])
    lock = ask("Lock", "share.lock", [name for name in names if CONTROLS[name].locks])
    return Manner(present, hide, lock)


def _bases() -> list[str]:
    """Return scheme and host by which students may reach this page, the likeliest first.

    A reader on another name than "localhost" sees what works. On this computer the addresses of
    the network are meant, if the server listens to them.
    """
    here = urlsplit(origin())
    if here.hostname not in _ALONE or st.get_option("server.address") in _ALONE:
        return [origin()]
    from mmcl_app.serving.addresses import lan_addresses

    port = f":{here.port}" if here.port else ""
    return [f"{here.scheme}://{one}{port}" for one in lan_addresses()] or [origin()]
