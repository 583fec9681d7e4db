"""Names for addresses, made from titles."""
from .index import SlugIndex
from .slugify import slugify

__all__ = ["SlugIndex", "slugify"]
