"""Keeps results, of which the longest unused go first."""

from collections import OrderedDict

MISSING = object()


class Results:
    """Results by key, at most `most` of them."""

    def __init__(self, most=None):
        if most is not None and most < 1:
            raise ValueError("at least one result must be kept")
        self._most = most
        self._results = OrderedDict()

    def __len__(self):
        return len(self._results)

    def get(self, key):
        """The result, or `MISSING`; `None` may be a result."""
        result = self._results.get(key, MISSING)
        if result is not MISSING:
            self._results.move_to_end(key)
        return result

    def put(self, key, result):
        self._results[key] = result
        self._results.move_to_end(key)
        if self._most is not None and len(self._results) > self._most:
            self._results.popitem(last=False)

    def remove(self, key):
        """Whether there was a result to forget."""
        return self._results.pop(key, MISSING) is not MISSING

    def clear(self):
        self._results.clear()
