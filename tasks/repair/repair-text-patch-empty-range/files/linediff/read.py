"""Reads patches."""
import re

from .hunk import Hunk, PatchError

HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def read(patch):
    """The hunks of a patch."""
    hunks = []
    lines = iter(patch.split("\n"))
    for line in lines:
        match = HEADER.match(line)
        if not match:
            # Names of files and other words between hunks.
            continue
        old_start, old_count, new_start, new_count = (
            1 if part is None else int(part) for part in match.groups()
        )
        hunks.append(Hunk(old_start, new_start, body(lines, old_count, new_count)))
    return hunks


def body(lines, old_left, new_left):
    """Takes as many lines as the header says."""
    taken = []
    while old_left > 0 or new_left > 0:
        line = next(lines, None)
        if line is None:
            raise PatchError("the patch ends within a hunk")
        # Mail programs cut the space off an empty line of context.
        sign, text = (line[0], line[1:]) if line else (" ", "")
        if sign not in " -+":
            raise PatchError(f"not a line of a hunk: {line!r}")
        old_left -= sign != "+"
        new_left -= sign != "-"
        taken.append((sign, text))
    if old_left or new_left:
        raise PatchError("a hunk has other lines than its header says")
    return taken
