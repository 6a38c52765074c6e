"""The engine on the command line; `python -m engine --help` says what it can do."""

import sys

from engine.cli import interrupt
from engine.cli.main import main

if __name__ == "__main__":
    interrupt.install()
    sys.exit(main())
