"""The console script."""

import sys

from ringfence import __version__


def main() -> None:
    """Print the version of Ringfence."""
    sys.stdout.write(f"ringfence {__version__}\n")
