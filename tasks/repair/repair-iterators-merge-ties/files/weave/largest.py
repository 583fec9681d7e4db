"""Finds the largest of many items."""

import heapq


def largest(number, items, key=None):
    """The `number` largest items, the largest first."""
    if number < 1:
        return []
    heap = []
    for item in items:
        entry = (item if key is None else key(item), item)
        if len(heap) < number:
            heapq.heappush(heap, entry)
        elif heap[0] < entry:
            # The smallest of those kept makes room.
            heapq.heapreplace(heap, entry)
    return [item for _, item in sorted(heap, reverse=True)]
