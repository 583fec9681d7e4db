"""Merges sorted streams."""

import heapq

from .order import Reversed


def merge(*streams, key=None, reverse=False):
    """The items of all streams in order, if each stream is in order itself."""
    rank = _ranking(key, reverse)
    heap = []
    for stream in map(iter, streams):
        for item in stream:
            heap.append((rank(item), item, stream))
            break
    heapq.heapify(heap)
    while heap:
        _, item, stream = heap[0]
        yield item
        for item in stream:
            heapq.heapreplace(heap, (rank(item), item, stream))
            break
        else:
            heapq.heappop(heap)


def gaps(*streams, key):
    """(item, next item, distance of their keys) for all neighbours in the merged streams."""
    before = None
    # A flag, as the first item may be anything, `None` included.
    first = True
    for item in merge(*streams, key=key):
        if not first:
            yield before, item, key(item) - key(before)
        before, first = item, False


def _ranking(key, reverse):
    """A function that gives what the heap compares of an item."""
    if key is None:
        key = _itself
    if reverse:
        return lambda item: Reversed(key(item))
    return key


def _itself(item):
    return item
