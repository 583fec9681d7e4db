"""Tells the kinds of line in a settings file apart."""

from collections import namedtuple

SECTION = "section"
ENTRY = "entry"
MORE = "more"

COMMENT_SIGNS = ("#", ";")

Line = namedtuple("Line", "number kind text")


def classify(text):
    """The lines of `text` that mean something, with their numbers, from 1."""
    # Not splitlines(): that also breaks at form feeds and other signs that may stand in a value.
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        if not content or content.startswith(COMMENT_SIGNS):
            continue
        if line[0].isspace():
            yield Line(number, MORE, content)
        elif content.startswith("["):
            yield Line(number, SECTION, content)
        else:
            yield Line(number, ENTRY, content)
