"""`make serve`: say where students find the laboratory, then serve it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from mmcl_app.memory import keep_small
from mmcl_app.serving.addresses import lan_addresses
from mmcl_app.serving.logs import keep_discreet, log
from mmcl_app.serving.options import EVERYWHERE, asked, flags, is_free, options
from mmcl_app.serving.watch import watch

MAIN = Path(__file__).parents[2] / "main.py"
ALONE = "127.0.0.1"


def welcome(found: list[str], port: int, code: str) -> str:
    """Return what the teacher reads in the terminal.

    Parameters
    ----------
    found : list of str
        This computer's addresses in its networks, the likeliest first.
    port : int
    code : str
        QR code of the first address, as text.
    """
    if not found:
        return (
            "\nNo network found: only this computer can open the laboratory, at "
            f"http://localhost:{port}\nJoin a network, or open a hotspot, and start again.\n"
        )
    first, *others = [f"http://{one}:{port}" for one in found]
    more = "\nIf that does not answer, try: " + "  ".join(others) if others else ""
    return (
        f"\n{code}\n\nStudents open   {first}\nYou open        http://localhost:{port}{more}\n\n"
        "Page Lessons, tab For a class: scenes for the projector. Button QR: any page for all.\n"
        "Everybody in this network can open it; there is no login. Ctrl+C ends it.\n"
    )


def main(words: list[str] | None = None) -> None:
    """Serve until Ctrl+C."""
    keep_small()  # before there are threads
    said = asked(words)
    if not is_free(said.address, said.port):
        sys.exit(
            f"Expected port {said.port} to be free, but another program uses it. End that program, "
            f"or choose another port: --port {said.port + 1}"
        )
    found = lan_addresses() if said.address == EVERYWHERE else [said.address]
    code = ""
    if found:
        from mmcl_app.share.qr import in_terminal

        code = in_terminal(f"http://{found[0]}:{said.port}")
    print(welcome(found, said.port, code), flush=True)
    keep_discreet()
    over = threading.Event()
    local = ALONE if said.address == EVERYWHERE else said.address
    watch(f"http://{local}:{said.port}", over, said.every)
    log().info("Serving on port %d.", said.port)
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(MAIN), *flags(options(said.address, said.port))]
    try:
        cli.main(prog_name="streamlit")
    finally:
        over.set()
