"""Splits durations into units."""

from collections import namedtuple
from datetime import timedelta

# Names as they are printed, and the length of each.
UNITS = (
    ("day", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)

Parts = namedtuple("Parts", "negative days hours minutes seconds")


def split(duration, decimals=0):
    """The units of a duration, its seconds rounded. What rounds to nought is not negative."""
    if not 0 <= decimals <= 6:
        raise ValueError("seconds have 0 to 6 decimals")
    rest = abs(duration)
    counts = []
    for _, length in UNITS[:-1]:
        count, rest = divmod(rest, length)
        counts.append(count)
    # Without decimals round() gives an int, as it should be printed.
    seconds = round(rest.total_seconds(), decimals or None)
    negative = duration < timedelta() and (any(counts) or seconds > 0)
    return Parts(negative, *counts, seconds)


def to_unit(duration, length):
    """The duration rounded to a multiple of a unit."""
    return round(duration / length) * length
