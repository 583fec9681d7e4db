"""Stores rows in transactions."""

from dataclasses import dataclass, field

from .chunks import chunks


class RowRefused(Exception):
    """A store does not take a row."""


@dataclass
class Report:
    """What became of an upload."""

    stored: int = 0
    # The numbers of the transactions that were refused, from 1, with the reason.
    refused: list = field(default_factory=list)


def upload(rows, store, size=500):
    """Stores the rows, `size` in a transaction."""
    report = Report()
    for number, chunk in enumerate(chunks(rows, size), 1):
        try:
            with store.transaction() as transaction:
                count = 0
                for row in chunk:
                    transaction.add(row)
                    count += 1
        except RowRefused as refusal:
            report.refused.append((number, str(refusal)))
        else:
            report.stored += count
    return report
