"""JSON pointers and patches."""

from .apply import apply
from .diff import diff
from .pointer import PatchError, resolve

__all__ = ["PatchError", "apply", "diff", "resolve"]
