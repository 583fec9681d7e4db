"""Zones: how far clocks are from UTC, and when that changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Summer:
    """Summer time, from one Sunday to another."""

    name: str
    start: tuple
    end: tuple
    minutes: int


def summer(name, start, end, minutes=60):
    """Summer time that starts and ends at (month, which Sunday, minutes after midnight UTC)."""
    return Summer(name, start, end, minutes)


class Zone:
    """A zone with its offset in minutes, the name of its time and its summer time, if it has one."""

    def __init__(self, minutes, name, summer_time=None):
        self._offset = timedelta(minutes=minutes)
        self._name = name
        self._summer = summer_time

    def offset(self, utc):
        """How far local time is ahead of UTC at a moment, given in UTC."""
        if self._in_summer(utc):
            return self._offset + timedelta(minutes=self._summer.minutes)
        return self._offset

    def name(self, utc):
        """What the time is called at a moment, given in UTC."""
        return self._summer.name if self._in_summer(utc) else self._name

    def _in_summer(self, utc):
        if self._summer is None:
            return False
        start, end = _change(utc.year, *self._summer.start), _change(utc.year, *self._summer.end)
        # South of the equator summer goes over New Year.
        return start <= utc < end if start < end else not end <= utc < start


def _change(year, month, which, minutes):
    """The moment in UTC that is so many minutes after the midnight that begins such a Sunday."""
    if which > 0:
        first = datetime(year, month, 1)
        sunday = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
    else:
        last = datetime(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7 + 7 * (-which - 1))
    return sunday + timedelta(minutes=minutes)
