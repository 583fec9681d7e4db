"""The bookings of one room on one day."""
from .intervals import IntervalSet
from .times import minutes, text


class Conflict(Exception):
    """The room is taken, or closed."""


class Calendar:
    """Times are given and returned as text."""

    def __init__(self, opens="00:00", closes="24:00"):
        self.opens = minutes(opens)
        self.closes = minutes(closes)
        self._taken = IntervalSet()

    def book(self, start, end):
        start, end = minutes(start), minutes(end)
        if start < self.opens or end > self.closes:
            raise Conflict("the room is closed")
        if self._taken.overlaps(start, end):
            raise Conflict("the room is taken")
        self._taken.add(start, end)

    def release(self, start, end):
        """Gives time back, booked or not."""
        self._taken.remove(minutes(start), minutes(end))

    def is_free(self, time):
        value = minutes(time)
        return self.opens <= value < self.closes and value not in self._taken

    def next_free(self, time):
        """The first free minute from this time on, or None."""
        value = max(minutes(time), self.opens)
        busy = self._taken.span_at(value)
        if busy:
            # Bookings that touch are one interval, so nothing else begins where it ends.
            value = busy[1]
        return text(value) if value < self.closes else None

    def free(self):
        return [
            f"{text(start)}-{text(end)}" for start, end in self._taken.gaps(self.opens, self.closes)
        ]
