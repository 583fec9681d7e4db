"""Tables for terminals."""
from .colours import colour, strip_colours, visible_width
from .table import Table

__all__ = ["Table", "colour", "strip_colours", "visible_width"]
