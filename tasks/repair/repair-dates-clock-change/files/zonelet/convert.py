"""Converts times between zones."""

from datetime import timedelta

# Clocks change by less than a day, and never twice within two: a day away, it is before or behind the change.
DAY = timedelta(days=1)


def from_utc(utc, zone):
    """The local time at a moment that is given in UTC."""
    offset = zone.offset(utc)
    back = zone.offset(utc - DAY) - offset
    # The hour that comes twice: it was this time before, when the clocks had not been set back yet.
    again = back > timedelta() and zone.offset(utc - back) != offset
    return (utc + offset).replace(fold=int(again))


def to_utc(local, zone):
    """The moment, in UTC, of a local time."""
    return (local - zone.offset(local)).replace(fold=0)


def convert(local, zone, other):
    """The local time in another zone at a local time in one."""
    return from_utc(to_utc(local, zone), other)
