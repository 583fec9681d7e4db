"""One hunk: where it stands in both texts, and its lines."""

SWAPPED = {" ": " ", "-": "+", "+": "-"}


class PatchError(Exception):
    """A patch that cannot be read, or does not fit."""


class Hunk:
    """`lines` are pairs of a sign (space, `-`, `+`) and a line; the starts are the header's."""

    def __init__(self, old_start, new_start, lines):
        self.old_start = old_start
        self.new_start = new_start
        self.lines = list(lines)

    def old(self):
        return [line for sign, line in self.lines if sign != "+"]

    def new(self):
        return [line for sign, line in self.lines if sign != "-"]

    def reversed(self):
        return Hunk(
            self.new_start, self.old_start, [(SWAPPED[sign], line) for sign, line in self.lines]
        )

    def header(self):
        old = range_text(self.old_start, len(self.old()))
        new = range_text(self.new_start, len(self.new()))
        return f"@@ -{old} +{new} @@"

    def text(self):
        return "\n".join([self.header(), *(sign + line for sign, line in self.lines), ""])


def range_text(start, count):
    """A range as headers have it; the count of a single line is left out."""
    return str(start) if count == 1 else f"{start},{count}"
