"""Packages that only some need, loaded when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from wxdist.errors import MissingExtra


def imported(module: str, extra: str) -> Any:
    """Return *module*, which wxdist's optional *extra* brings.

    Raises:
        MissingExtra: its package is not installed; with the command that installs it.
        ImportError: it is installed, and broken: as its import raised it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name != package:  # something that it needs itself
            raise
        raise MissingExtra(package, extra) from error
