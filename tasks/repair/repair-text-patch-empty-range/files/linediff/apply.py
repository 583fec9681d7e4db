"""Applies patches."""
from .hunk import PatchError
from .read import read


def apply(lines, patch):
    """The lines as the patch leaves them."""
    result, position = [], 0
    for hunk in read(patch):
        start = hunk.old_start - 1
        expected = hunk.old()
        if start < position or start + len(expected) > len(lines):
            raise PatchError(f"no place for {hunk.header()}")
        if lines[start : start + len(expected)] != expected:
            raise PatchError(f"other lines at {hunk.header()}")
        result.extend(lines[position:start])
        result.extend(hunk.new())
        position = start + len(expected)
    return result + lines[position:]
