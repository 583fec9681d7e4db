"""Unified diffs of lists of lines."""
from .apply import apply
from .hunk import Hunk, PatchError
from .make import make
from .read import read

__all__ = ["Hunk", "PatchError", "apply", "make", "read", "reverse"]


def reverse(patch):
    """The patch that undoes a patch."""
    return "".join(hunk.reversed().text() for hunk in read(patch))
