"""Where did the money go: orders, bills and settlements held together.

`reconcile` takes what we know (`KnownPayment`, `wxdist.Distribution`, `wxdist.Refund`,
`wxdist.Remaining`, perhaps from a `Journal`) and what the service says of a period, and returns a
`Reconciliation`: what matched, each difference, what is still open and why, and sums that close.
"""

from .engine import reconcile
from .journal import Journal
from .models import (
    DayLine,
    Difference,
    DifferenceKind,
    Known,
    KnownPayment,
    Open,
    OpenReason,
    Ordinary,
    Source,
    Sums,
)
from .result import Reconciliation

__all__ = [
    "DayLine",
    "Difference",
    "DifferenceKind",
    "Journal",
    "Known",
    "KnownPayment",
    "Open",
    "OpenReason",
    "Ordinary",
    "Reconciliation",
    "Source",
    "Sums",
    "reconcile",
]
