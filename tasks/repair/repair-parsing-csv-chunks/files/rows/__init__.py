"""Reads large CSV and TSV files piece by piece."""

from .dialect import CSV, TSV, Dialect
from .parser import RowError, RowParser
from .reading import read_records, read_rows

__all__ = ["CSV", "TSV", "Dialect", "RowError", "RowParser", "read_records", "read_rows"]
