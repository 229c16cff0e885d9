"""The fund flow as a model one can ask: when money is exchanged and paid out, and whose it is.

Pure: days and amounts come in as arguments. `FundFlow` answers when, `movements` reads what came
in from statements and bills, `parts` divides a settlement batch among sub-merchants.
"""

from .calendars import BusinessDays, Weekdays, business_days
from .expectation import Arrival, Day, Expectation, FundState, Standing, WaitReason
from .flow import FundFlow
from .movements import Movement, MovementKind, movements
from .parts import BatchParts, Part, Unassigned, parts

__all__ = [
    "Arrival",
    "BatchParts",
    "BusinessDays",
    "Day",
    "Expectation",
    "FundFlow",
    "FundState",
    "Movement",
    "MovementKind",
    "Part",
    "Standing",
    "Unassigned",
    "WaitReason",
    "Weekdays",
    "business_days",
    "movements",
    "parts",
]
