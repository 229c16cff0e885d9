"""Bill files: read, held against their own totals, and written for other programs."""

from wxdist.bills.cells import safe_cell
from wxdist.bills.file import BillFile

__all__ = ["BillFile", "safe_cell"]
