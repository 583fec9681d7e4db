"""A priority queue whose entries can be changed and removed."""
import heapq
from itertools import count


class IndexedHeap:
    """Keys with priorities, the smallest first; equal ones in the order in which they were given.

    An entry that is removed or changed stays in the heap, where it cannot be found quickly, and
    is passed over when it comes to the top.
    """

    def __init__(self):
        self._heap = []
        self._priorities = {}
        self._numbers = count()

    def __len__(self):
        return len(self._priorities)

    def __contains__(self, key):
        return key in self._priorities

    def priority(self, key):
        return self._priorities[key]

    def push(self, key, priority):
        if key in self._priorities:
            raise ValueError(f"already waiting: {key!r}")
        self._enter(key, priority)

    def update(self, key, priority):
        if self._priorities[key] != priority:
            self._enter(key, priority)

    def remove(self, key):
        del self._priorities[key]
        self._tidy()

    def peek(self):
        """The key that pop would return."""
        while self._heap:
            entry = self._heap[0]
            if self._is_live(entry):
                return entry[2]
            heapq.heappop(self._heap)
        raise IndexError("nothing is waiting")

    def pop(self):
        key = self.peek()
        heapq.heappop(self._heap)
        del self._priorities[key]
        return key

    def _enter(self, key, priority):
        self._priorities[key] = priority
        heapq.heappush(self._heap, (priority, next(self._numbers), key))
        self._tidy()

    def _is_live(self, entry):
        priority, _, key = entry
        return key in self._priorities and self._priorities[key] == priority

    def _tidy(self):
        # Without this, a queue whose entries are changed often would grow for ever.
        if len(self._heap) > 2 * len(self._priorities) + 8:
            self._heap = [entry for entry in self._heap if self._is_live(entry)]
            heapq.heapify(self._heap)
