"""Packages that only some need, loaded when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from wxdist.errors import MissingExtra


def imported(module: str, extra: str) -> Any:
    """Return *module*, which wxdist's optional *extra* brings.

    Raises:
        MissingExtra: it is not installed; with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(module.partition(".")[0], extra) from error
