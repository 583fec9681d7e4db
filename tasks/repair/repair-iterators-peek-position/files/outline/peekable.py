"""An iterator that can look ahead."""

from collections import deque

_NONE = object()


class Peekable:
    """Iterates over items; what was looked at ahead still comes."""

    def __init__(self, items):
        self._source = iter(items)
        self._ahead = deque()
        self.position = 0

    def __iter__(self):
        return self

    def __next__(self):
        self._fill(1)
        if not self._ahead:
            raise StopIteration
        return self._ahead.popleft()

    def __bool__(self):
        """Whether there are more items."""
        self._fill(1)
        return bool(self._ahead)

    def peek(self, default=_NONE, ahead=0):
        """The item that comes next, or `ahead` items behind it."""
        self._fill(ahead + 1)
        if ahead < len(self._ahead):
            return self._ahead[ahead]
        if default is _NONE:
            raise IndexError("there are no more items")
        return default

    def push(self, *items):
        """Takes items back: they come next, the first of them first."""
        self._ahead.extendleft(reversed(items))

    def _fill(self, count):
        while len(self._ahead) < count:
            item = next(self._source, _NONE)
            if item is _NONE:
                return
            self._ahead.append(item)
            self.position += 1
