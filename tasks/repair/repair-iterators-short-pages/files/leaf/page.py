"""What a server gives, and where in the listing that is."""

from dataclasses import dataclass


class Unavailable(Exception):
    """The server does not answer now, but may do so later."""


@dataclass(frozen=True)
class Page:
    items: list
    total: int = None


class Place:
    """A place in a listing: what to ask for next."""

    def __init__(self, offset, limit):
        self.offset = offset
        self.limit = limit

    def turn(self):
        """Goes on to the next page."""
        self.offset += self.limit
