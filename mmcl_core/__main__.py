"""Entry point of `python -m mmcl_core`."""

import sys

from mmcl_core.cli import main

if __name__ == "__main__":  # worker processes import this module too
    sys.exit(main())
