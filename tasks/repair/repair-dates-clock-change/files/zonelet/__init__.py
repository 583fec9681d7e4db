"""Time zones without a database."""

from .convert import convert, from_utc, to_utc
from .meeting import Meeting
from .zone import Zone, summer

__all__ = ["Meeting", "Zone", "convert", "from_utc", "summer", "to_utc"]
