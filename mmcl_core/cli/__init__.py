"""The command line: `python -m mmcl_core train`, `compare`, `sweep` and `paper`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from mmcl_core.cli import compare, paper, sweep, train
from mmcl_core.training import TrainingDiverged


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after a message that says what to do."""
    options = _parser().parse_args(arguments)
    try:
        result: dict[str, Any] = options.run(options)
    except (ValueError, TrainingDiverged, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mmcl_core", description="MMCL Lab")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (train, compare, sweep, paper):
        command.add_parser(commands)
    return parser
