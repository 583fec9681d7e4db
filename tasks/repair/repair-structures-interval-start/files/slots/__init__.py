"""Which room is taken when."""
from .calendar import Calendar, Conflict
from .intervals import IntervalSet

__all__ = ["Calendar", "Conflict", "IntervalSet"]
