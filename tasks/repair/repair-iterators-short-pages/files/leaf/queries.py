"""Questions that need not see a whole listing."""

from itertools import islice


def first(listing, count):
    """The first `count` items."""
    return list(islice(listing, count))


def find(listing, wanted):
    """The first item that is wanted, or `None`."""
    return next(filter(wanted, listing), None)
