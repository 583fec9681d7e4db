"""Puts sorted streams of records together."""

from .largest import largest
from .merging import gaps, merge
from .records import read

__all__ = ["gaps", "largest", "merge", "read"]
