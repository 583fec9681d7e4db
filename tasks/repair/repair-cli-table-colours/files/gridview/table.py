"""The table: rows, the widths of columns, lines."""
from .cells import clip, pad
from .colours import visible_width


class Table:
    """Rows below a header; every column is as wide as its widest cell."""

    def __init__(self, *columns, align=None, limit=None, gap=2):
        if limit is not None and limit < 1:
            raise ValueError("a cell has at least one column")
        self.columns = columns
        self.align = align or {}
        self.limit = limit
        self.gap = gap
        self.rows = []

    def add(self, *cells):
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(self.columns)} cells expected, {len(cells)} given")
        self.rows.append([str(cell) for cell in cells])

    def _lines(self):
        lines = [list(self.columns), *self.rows]
        if self.limit is not None:
            lines = [[clip(cell, self.limit) for cell in line] for line in lines]
        return lines

    def render(self):
        lines = self._lines()
        widths = [max(visible_width(cell) for cell in column) for column in zip(*lines)]
        rendered = []
        for line in lines:
            cells = [
                pad(cell, width, self.align.get(name, "left"))
                for name, cell, width in zip(self.columns, line, widths)
            ]
            # Terminals wrap on trailing spaces, and nobody sees them otherwise.
            rendered.append((" " * self.gap).join(cells).rstrip())
        return "\n".join(rendered)
