"""The addresses at which students reach this computer; nothing is asked of the network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

_OUTSIDE = ("192.0.2.1", 9)  # for documentation only: a UDP socket that is connected sends nothing


def lan_addresses() -> list[str]:
    """Return this computer's IPv4 addresses in its networks, the likeliest first."""
    return chosen([*_on_the_way_out(), *_of_interfaces()])


def chosen(found: Iterable[str]) -> list[str]:
    """Keep each address once, without those that no other device can use.

    Examples
    --------
    >>> chosen(["127.0.0.1", "192.168.1.20", "169.254.3.4", "192.168.1.20", "10.0.0.7", "x"])
    ['192.168.1.20', '10.0.0.7']
    """
    kept = []
    for text in dict.fromkeys(found):
        try:
            one = ipaddress.IPv4Address(text)
        except ValueError:
            continue
        if not (one.is_loopback or one.is_link_local or one.is_unspecified or one.is_multicast):
            kept.append(text)
    return kept


def _on_the_way_out() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        try:
            out.connect(_OUTSIDE)
        except OSError:  # no way out: a network without internet
            return []
        return [out.getsockname()[0]]


def _of_interfaces() -> list[str]:
    import psutil

    state = psutil.net_if_stats()
    return [
        one.address
        for name, addresses in psutil.net_if_addrs().items()
        if name not in state or state[name].isup
        for one in addresses
        if one.family == socket.AF_INET
    ]
