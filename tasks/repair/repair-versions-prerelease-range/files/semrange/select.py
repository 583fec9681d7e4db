"""Chooses among versions."""
from .ranges import Range
from .version import Version


def sort(versions):
    """The texts of versions, the oldest first."""
    return sorted(versions, key=Version.parse)


def best(versions, wanted):
    """The newest version that a range allows, as it was given, or None."""
    wanted = Range(wanted)
    allowed = [text for text in versions if wanted.allows(text)]
    return max(allowed, key=Version.parse, default=None)
