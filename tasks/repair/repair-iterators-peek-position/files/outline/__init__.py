"""Reads outlines: indented lines that form a tree."""

from .lines import OutlineError
from .parser import Node, parse, source
from .peekable import Peekable

__all__ = ["Node", "OutlineError", "Peekable", "parse", "source"]
