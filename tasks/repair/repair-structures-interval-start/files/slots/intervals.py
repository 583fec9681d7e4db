"""Sets of numbers that are kept as intervals."""
from bisect import bisect_right


class IntervalSet:
    """Sorted half-open intervals (each holds its start and not its end), none touching another."""

    def __init__(self, spans=()):
        self._spans = []
        for start, end in spans:
            self.add(start, end)

    def __iter__(self):
        return iter(self._spans)

    def __len__(self):
        return len(self._spans)

    def __contains__(self, point):
        return self.span_at(point) is not None

    def span_at(self, point):
        """The interval that holds a point, or None."""
        index = bisect_right(self._spans, (point, point)) - 1
        if index >= 0 and point < self._spans[index][1]:
            return self._spans[index]
        return None

    def add(self, start, end):
        """Puts an interval in; it becomes one with those that it touches."""
        if start >= end:
            raise ValueError("an interval ends behind its start")
        kept = []
        for other_start, other_end in self._spans:
            if other_end < start or end < other_start:
                kept.append((other_start, other_end))
            else:
                start, end = min(start, other_start), max(end, other_end)
        kept.append((start, end))
        self._spans = sorted(kept)

    def remove(self, start, end):
        """Takes an interval out, from within others too."""
        kept = []
        for other_start, other_end in self._spans:
            if other_end <= start or end <= other_start:
                kept.append((other_start, other_end))
                continue
            if other_start < start:
                kept.append((other_start, start))
            if end < other_end:
                kept.append((end, other_end))
        self._spans = kept

    def overlaps(self, start, end):
        return any(start < other[1] and other[0] < end for other in self._spans)

    def gaps(self, start, end):
        """The intervals between `start` and `end` that the set does not hold."""
        position = start
        for other_start, other_end in self._spans:
            if other_end <= start or end <= other_start:
                continue
            if position < other_start:
                yield position, other_start
            position = other_end
        if position < end:
            yield position, end
