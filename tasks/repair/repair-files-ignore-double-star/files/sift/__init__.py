"""Lists the files of a folder that its ignore rules leave."""
from .rules import Rules
from .walk import walk

__all__ = ["Rules", "walk"]
