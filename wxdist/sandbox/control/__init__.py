"""Everything that one can order of a sandbox."""

from .desk import Control
from .money import Paid

__all__ = ["Control", "Paid"]
