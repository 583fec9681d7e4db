"""Turns an order round."""

from functools import total_ordering


@total_ordering
class Reversed:
    """Is smaller than what its value is larger than."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return other.value < self.value
