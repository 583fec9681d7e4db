"""A cache of limited weight that drops what was not used for the longest time."""

from .cache import Cache
from .tiers import Tiers

__all__ = ["Cache", "Tiers"]
