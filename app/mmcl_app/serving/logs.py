"""A log without personal data: no addresses, no words of an address, no content of an error.

An error's message may quote a reader's table or file name, so of an error only its kind and the
places in the code are written.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

NAME = "mmcl"
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

_HIDDEN = (
    (re.compile(r"\?[^\s\"'<>]+"), "?…"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "(address)"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])"), "(address)"),
)

Error = tuple[type[BaseException], BaseException, TracebackType | None]


def discreet(text: str) -> str:
    """Return a line without network addresses and without what follows a question mark.

    Examples
    --------
    >>> discreet('192.168.1.31 - "GET /lab?a=0.9"')
    '(address) - "GET /lab?…"'
    """
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def places(error: Error) -> str:
    """Return an error's kind, without its message, and where in the code it came from."""
    kind, _, trace = error
    lines = [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace)]
    return "\n".join([f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."), *lines])


def keep_discreet() -> Callable[[], None]:
    """Make every record of this process discreet; return what ends it.

    The log's own lines are made without such data, and stay as they are.
    """
    before, thread_hook = logging.getLogRecordFactory(), threading.excepthook

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = before(*args, **kwargs)
        if made.name.split(".")[0] == NAME:
            return made
        made.msg, made.args = discreet(made.getMessage()), ()
        if made.exc_info and made.exc_info[0] is not None:
            made.exc_text, made.exc_info = places(made.exc_info), None
        return made

    def failed(args: threading.ExceptHookArgs) -> None:
        said = places((args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback))
        log().error("A thread failed: %s", said)

    def undo() -> None:
        logging.setLogRecordFactory(before)
        threading.excepthook = thread_hook

    logging.setLogRecordFactory(record)
    threading.excepthook = failed
    return undo


def log() -> logging.Logger:
    """Return the log of the laboratory; it writes to the terminal."""
    found = logging.getLogger(NAME)
    if not found.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(FORMAT))
        found.addHandler(handler)
        found.setLevel(logging.INFO)
        found.propagate = False
    return found
