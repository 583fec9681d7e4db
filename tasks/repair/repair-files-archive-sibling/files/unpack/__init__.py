"""Extracts archives that come from strangers."""
from .extract import extract
from .safety import UnsafeArchive

__all__ = ["UnsafeArchive", "extract"]
