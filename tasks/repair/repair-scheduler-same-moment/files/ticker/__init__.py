"""Runs events in simulated time."""

from .scheduler import Scheduler
from .timeout import Timeout

__all__ = ["Scheduler", "Timeout"]
