"""Where did the money go: orders, bills and settlements held together.

`reconcile` takes what we know (`KnownPayment`, `wxdist.Distribution`, `wxdist.Refund`,
`wxdist.Remaining`, perhaps from a `Journal`) and what the service says of a period, and returns a
`Reconciliation`: what matched, each difference, what is still open and why, and sums that close.
"""

# The way of the work, a module each step:
#   engine     goes the whole way and calls the others
#   store      one database, small in memory; rows, loading: bills and known things go into it
#   fields     which columns have to agree, as SQL
#   pairing    rows find their known things
#   usual      what nearly all rows have in common; which merchants are ours
#   matching   what is missing, doubled, foreign, not the same
#   sums       the money of each payment
#   opening    what is still under way
#   expecting  what the settlement of each day has to be; settling, payouts: records against that
#   findings   differences, noted once for each cause
#   days       the period day by day
#   result     what comes of it; data, report, markup: as values, a table, a page
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
