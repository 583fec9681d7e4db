"""Goes through listings that a server gives page by page."""

from .listing import Listing
from .page import Page, Unavailable
from .queries import find, first

__all__ = ["Listing", "Page", "Unavailable", "find", "first"]
