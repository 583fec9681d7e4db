"""In which order the targets of a project are built."""
from .order import CycleError, order
from .targets import ParseError, parse

__all__ = ["CycleError", "ParseError", "order", "parse"]
