"""Tries again what may fail."""
from .backoff import Backoff
from .clock import SystemClock, TestClock
from .retry import GaveUp, retry, retrying

__all__ = ["Backoff", "GaveUp", "SystemClock", "TestClock", "retry", "retrying"]
