"""A cache whose values live for a while only, and sessions on top of it."""

from .cache import ExpiringCache
from .sessions import Sessions

__all__ = ["ExpiringCache", "Sessions"]
