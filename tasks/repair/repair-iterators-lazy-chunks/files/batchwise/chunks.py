"""Splits input into chunks that are not held in memory."""

from itertools import chain, islice


def chunks(items, size):
    """The items in chunks of `size`, of which the last may be shorter but is never empty."""
    if size < 1:
        raise ValueError("a chunk has at least one item")
    return _chunks(iter(items), size)


def _chunks(source, size):
    # The first item is taken here, to find out whether there is another chunk at all.
    for first in source:
        yield chain((first,), islice(source, size - 1))


def sample(items, size):
    """The first item of each chunk of `size`."""
    for chunk in chunks(items, size):
        yield next(chunk)
