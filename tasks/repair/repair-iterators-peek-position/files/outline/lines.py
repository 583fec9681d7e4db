"""Joins the lines of an outline that belong together."""

from collections import namedtuple

from .peekable import Peekable

Line = namedtuple("Line", "first last indent text")


class OutlineError(ValueError):
    """An outline that cannot be read."""


def logical_lines(text):
    """The lines that mean something, each with the numbers of the first and the last line that it is made of."""
    lines = Peekable(text.split("\n"))
    for line in lines:
        if _is_empty(line):
            continue
        first = lines.position
        content = line.strip()
        if content.startswith("+"):
            raise OutlineError(f"line {first}: there is nothing to go on with")
        while _goes_on(lines):
            content += " " + next(lines).strip()[1:].strip()
        yield Line(first, lines.position, len(line) - len(line.lstrip(" ")), content)


def _goes_on(lines):
    """Whether a line that goes on comes next. If so, all that stands before it is taken."""
    passed = []
    while lines and _is_empty(lines.peek()):
        passed.append(next(lines))
    if lines and lines.peek().lstrip().startswith("+"):
        return True
    lines.push(*passed)
    return False


def _is_empty(line):
    content = line.strip()
    return not content or content.startswith("#")
