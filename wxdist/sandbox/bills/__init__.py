"""The papers of a day: two bills of funds distribution, and the trade statement."""

from .checks import contradictions
from .desk import Bills
from .distribution import COLUMNS, SUMMARY

__all__ = ["Bills", "COLUMNS", "SUMMARY", "contradictions"]
