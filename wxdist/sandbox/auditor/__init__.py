"""A second opinion: predicts what may be answered to each call, and says where it was not.

Written apart from the world: it shares none of its rules and none of its records. What it knows,
it knows from what was asked, what was answered, what was ordered, and the clock. Where it cannot
know, it allows a set.
"""

from .causes import Finding
from .desk import Auditor

__all__ = ["Auditor", "Finding"]
