"""Stops and the legs between them."""

WALK = 3


class Network:
    """Legs have a direction; `connect` makes both."""

    def __init__(self):
        self._legs = {}

    def add(self, start, end, minutes=None):
        """A leg of some minutes; a walk if they are not given."""
        minutes = minutes or WALK
        if minutes < 0:
            raise ValueError("a leg cannot end before it starts")
        legs = self._legs.setdefault(start, {})
        self._legs.setdefault(end, {})
        legs[end] = min(minutes, legs.get(end, minutes))

    def connect(self, one, other, minutes=None):
        self.add(one, other, minutes)
        self.add(other, one, minutes)

    def legs(self, stop):
        """Pairs of a stop and the minutes to it."""
        return sorted(self._legs[stop].items())

    def __contains__(self, stop):
        return stop in self._legs

    def __iter__(self):
        return iter(sorted(self._legs))
