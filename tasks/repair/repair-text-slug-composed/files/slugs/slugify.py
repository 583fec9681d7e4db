"""From a title to a slug."""
import re

from .letters import to_ascii

GAP = re.compile(r"[^a-z0-9]+")


def slugify(title, language=None, limit=60):
    """The slug of a title; an empty one is `untitled`."""
    # An apostrophe belongs to its word: "don't" is one.
    text = re.sub("['’]", "", title)
    slug = GAP.sub("-", to_ascii(text, language)).strip("-")
    return shorten(slug, limit) or "untitled"


def shorten(slug, limit):
    """The slug without the words that go beyond the limit; one long word is cut."""
    if len(slug) <= limit:
        return slug
    head = slug[: limit + 1].rpartition("-")[0]
    return head or slug[:limit]
