"""The events to come, in order."""

import heapq
from itertools import count


class EventQueue:
    """Events by time, those of the same time by when they were added."""

    def __init__(self):
        self._heap = []
        # Stands between time and event, so that events are never compared.
        self._numbers = count()

    def add(self, event):
        heapq.heappush(self._heap, (event.time, next(self._numbers), event))

    def next_time(self):
        """The time of the next event, or `None`."""
        self._drop_cancelled()
        return self._heap[0][0] if self._heap else None

    def take_due(self, now):
        """Takes out all events that are due."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            event = heapq.heappop(self._heap)[2]
            if not event.cancelled:
                due.append(event)
        return due

    def _drop_cancelled(self):
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
