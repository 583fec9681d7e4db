"""Turns text that comes in pieces into rows."""

from .dialect import CSV


class RowError(ValueError):
    """A file that is no proper CSV file."""


class RowParser:
    """Takes text with `feed` and `close`; both give the rows that are complete by then."""

    def __init__(self, dialect=CSV):
        self._dialect = dialect
        self._row = []
        self._field = []
        self._quoted = False
        # Whether the field had quotes: if so, it is there even if it is empty.
        self._was_quoted = False
        self.line = 1

    def feed(self, text):
        """Takes the next piece of text."""
        quote, delimiter = self._dialect.quote, self._dialect.delimiter
        rows = []
        at = 0
        while at < len(text):
            sign = text[at]
            following = text[at + 1:at + 2]
            at += 1
            if self._quoted:
                if sign != quote:
                    self._field.append(sign)
                    self.line += sign == "\n"
                elif following == quote:
                    self._field.append(quote)
                    at += 1
                else:
                    self._quoted = False
            elif sign == quote:
                if self._field or self._was_quoted:
                    raise RowError(f"line {self.line}: a quote in the middle of a field")
                self._quoted = self._was_quoted = True
            elif sign == delimiter:
                self._end_field()
            elif sign == "\n" or sign == "\r":
                if sign == "\r" and following == "\n":
                    at += 1
                rows.append(self._end_row())
            elif self._was_quoted:
                raise RowError(f"line {self.line}: {sign!r} behind the end of a quoted field")
            else:
                self._field.append(sign)
        return rows

    def close(self):
        """Says that there is no more text."""
        if self._quoted:
            raise RowError(f"line {self.line}: the file ends within quotes")
        if self._row or self._field or self._was_quoted:
            return [self._end_row()]
        return []

    def _end_field(self):
        self._row.append("".join(self._field))
        self._field = []
        self._was_quoted = False

    def _end_row(self):
        if self._row or self._field or self._was_quoted:
            self._end_field()
        row, self._row = self._row, []
        self.line += 1
        return row
