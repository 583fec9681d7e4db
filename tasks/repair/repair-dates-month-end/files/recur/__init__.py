"""Things that come again, and an agenda of them."""

from .agenda import Agenda
from .rule import Rule

__all__ = ["Agenda", "Rule"]
