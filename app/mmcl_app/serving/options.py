"""What Streamlit is told when it serves a class; the rest stands in .streamlit/config.toml."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Sequence

EVERYWHERE = "0.0.0.0"

OPTIONS: dict[str, str | int | bool] = {
    "server.headless": True,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxMessageSize": 50,  # MB that a page may get at once
    "server.websocketPingInterval": 30,  # seconds; a slow network is not a lost one
    "server.disconnectedSessionTTL": 120,  # seconds that a lost page is waited for
    "logger.level": "warning",
    "logger.enableRich": False,
    "logger.hideWelcomeMessage": True,
}


def asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="serve", description="Serve the laboratory to a class in this network."
    )
    parser.add_argument("--port", type=int, default=8501, help="8501 unless given")
    parser.add_argument(
        "--address", default=EVERYWHERE, help="of one network only; every network unless given"
    )
    parser.add_argument(
        "--every", type=float, default=60.0, help="seconds between two lines of health"
    )
    return parser.parse_args(words)


def options(address: str, port: int) -> dict[str, str | int | bool]:
    """Return all options, by Streamlit's names."""
    return {**OPTIONS, "server.address": address, "server.port": port}


def flags(named: dict[str, str | int | bool]) -> list[str]:
    """Return options as words of a command line."""
    return [f"--{name}={_text(value)}" for name, value in named.items()]


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_free(address: str, port: int) -> bool:
    """Return whether a server can listen here."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((address, port))
        except OSError:
            return False
    return True
