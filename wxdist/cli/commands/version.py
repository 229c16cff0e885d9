"""``wxdist --version``."""

from __future__ import annotations

import argparse
from typing import Any


class Show(argparse.Action):
    """Prints the version and exits."""

    def __init__(self, option_strings: list[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print the version and exit."""
        from wxdist.settings import VERSION

        print(f"wxdist {VERSION}")
        parser.exit()
