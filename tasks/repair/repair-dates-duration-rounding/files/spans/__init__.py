"""Reads and prints durations."""

from .printing import clock, words
from .reading import parse
from .units import Parts, split

__all__ = ["Parts", "clock", "parse", "split", "words"]
