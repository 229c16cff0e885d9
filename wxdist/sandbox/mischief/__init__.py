"""Faults on order: rules decide which call is struck, effects say what then happens."""

from .delivery import DELIVER, DIGEST, OF_BODY, Answer, Delivery, How
from .faults import Fault, Faults
from .kinds import KINDS, Kind, Stage
from .places import ENDPOINTS
from .rules import Rule

__all__ = [
    "Answer",
    "DELIVER",
    "DIGEST",
    "Delivery",
    "ENDPOINTS",
    "Fault",
    "Faults",
    "How",
    "KINDS",
    "Kind",
    "OF_BODY",
    "Rule",
    "Stage",
]
