"""Rules by which something comes again."""

from itertools import islice

from .shift import UNITS, shift


class Rule:
    """Comes on the day `start`, and then after `every` so many units, up to the day `until`."""

    def __init__(self, start, unit, every=1, until=None):
        if unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}, not {unit!r}")
        if every < 1:
            raise ValueError("every must be at least 1")
        self.start = start
        self.unit = unit
        self.every = every
        self.until = until

    def __iter__(self):
        """All days, in order. There is no end to them without `until`."""
        day = self.start
        while day is not None and (self.until is None or day <= self.until):
            yield day
            day = self.following(day)

    def following(self, day):
        """The day that comes after one of the rule's days, or `None`."""
        following = shift(day, self.unit, self.every)
        return following if self.until is None or following <= self.until else None

    def first(self, number):
        """The first `number` days."""
        return list(islice(self, number))

    def between(self, begin, end):
        """The days from `begin` to `end`, both included."""
        days = []
        for day in self:
            if day > end:
                break
            if day >= begin:
                days.append(day)
        return days

    def after(self, moment):
        """The first day later than `moment`, or `None`."""
        return next((day for day in self if day > moment), None)
