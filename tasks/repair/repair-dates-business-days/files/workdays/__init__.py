"""Counts in business days."""

from .calendar import Calendar
from .holidays import fixed, nth, observed
from .terms import Terms

__all__ = ["Calendar", "Terms", "fixed", "nth", "observed"]
