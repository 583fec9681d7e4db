"""Deadlines in the order in which they come."""

import heapq
from itertools import count


class Deadlines:
    """A queue of keys by deadline. Keys need not be comparable: a number stands between."""

    def __init__(self):
        self._heap = []
        self._numbers = count()

    def __len__(self):
        return len(self._heap)

    def add(self, deadline, key):
        heapq.heappush(self._heap, (deadline, next(self._numbers), key))

    def reached(self, now):
        """Takes out the keys whose deadlines have come, the earliest first."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def replace(self, pairs):
        """Forgets all deadlines for these pairs of deadline and key."""
        self._heap = [(deadline, next(self._numbers), key) for deadline, key in pairs]
        heapq.heapify(self._heap)
