"""Prints durations."""

from .units import UNITS, split, to_unit


def clock(duration, decimals=0):
    """The duration as on a stopwatch: 1:05:09."""
    parts = split(duration, decimals)
    hours = parts.days * 24 + parts.hours
    # The width counts the decimals and their point as well.
    width = decimals + 3 if decimals else 2
    return f"{_sign(parts)}{hours}:{parts.minutes:02}:{parts.seconds:0{width}.{decimals}f}"


def words(duration, decimals=0, most=len(UNITS)):
    """The duration in words, of at most `most` units."""
    if most < 1:
        raise ValueError("at least one unit is needed")
    parts = split(duration, decimals)
    used = [number for number, count in enumerate(parts[1:]) if count]
    if not used:
        return "0 s"
    last = used[0] + most - 1
    if last < len(UNITS) - 1:
        # Rounding can fill up the larger units, so all of them are counted anew.
        parts = split(to_unit(duration, UNITS[last][1]))
    else:
        last = len(UNITS) - 1
    shown = [
        f"{_count(count, decimals)} {_name(name, count)}"
        for (name, _), count in list(zip(UNITS, parts[1:]))[:last + 1]
        if count
    ]
    return _sign(parts) + " ".join(shown)


def _sign(parts):
    return "-" if parts.negative else ""


def _count(count, decimals):
    return str(count) if isinstance(count, int) else f"{count:.{decimals}f}"


def _name(name, count):
    return "days" if name == "day" and count != 1 else name
