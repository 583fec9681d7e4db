"""Limits how often something is done, for each of many clients."""
from .bucket import TokenBucket
from .clock import ManualClock
from .limiter import Limiter

__all__ = ["Limiter", "ManualClock", "TokenBucket"]
