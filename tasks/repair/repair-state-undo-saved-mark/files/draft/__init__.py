"""A text that remembers its changes."""
from .document import Document
from .history import History

__all__ = ["Document", "History"]
