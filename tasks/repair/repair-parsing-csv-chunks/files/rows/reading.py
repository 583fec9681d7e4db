"""Reads rows and records from open files."""

from .dialect import CSV
from .parser import RowError, RowParser

PIECE = 64 * 1024


def read_rows(stream, dialect=CSV, piece=PIECE):
    """The rows of a text file that was opened with newline=""."""
    parser = RowParser(dialect)
    while True:
        text = stream.read(piece)
        if not text:
            break
        yield from parser.feed(text)
    yield from parser.close()


def read_records(stream, dialect=CSV, piece=PIECE):
    """The rows behind the first as dictionaries by the names in the first; empty lines are left out."""
    names = None
    for number, row in enumerate(read_rows(stream, dialect, piece), 1):
        if not row:
            continue
        if names is None:
            names = row
        elif len(row) != len(names):
            raise RowError(f"row {number}: {len(row)} fields, but {len(names)} names")
        else:
            yield dict(zip(names, row))
