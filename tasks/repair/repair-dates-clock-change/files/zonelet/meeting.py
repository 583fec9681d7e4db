"""Meetings that repeat at the same local time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .convert import convert, to_utc
from .zone import Zone


@dataclass(frozen=True)
class Meeting:
    """First at a local time in a zone, then every so many days."""

    first: datetime
    zone: Zone
    every: int = 7
    length: timedelta = timedelta(hours=1)

    def starts(self, count, zone):
        """When the first `count` of them start, in the time of another zone."""
        return [convert(self.first + timedelta(days=number * self.every), self.zone, zone) for number in range(count)]

    def running(self, utc):
        """Whether one of them takes place at a moment, given in UTC."""
        number = max(0, (utc - to_utc(self.first, self.zone)).days // self.every)
        # The clocks may have changed since the first: that moves the others, by less than a day.
        for near in (number, number + 1):
            start = to_utc(self.first + timedelta(days=near * self.every), self.zone)
            if start <= utc < start + self.length:
                return True
        return False
