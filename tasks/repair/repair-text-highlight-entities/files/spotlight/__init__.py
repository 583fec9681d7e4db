"""Shows found words in search results."""
from .render import highlight, snippet

__all__ = ["highlight", "snippet"]
