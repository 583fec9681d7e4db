"""Ranges: alternatives of comparisons."""
import operator
import re
from collections import namedtuple

from .version import Version, VersionError

COMPARISON = re.compile(r"(>=|<=|>|<|=|\^|~)?\s*([^\s<>=^~]+)")
OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}

Comparison = namedtuple("Comparison", "sign version")


class Range:
    """What versions somebody wants."""

    def __init__(self, text):
        self.text = text
        self.alternatives = [comparisons(part) for part in text.split("||")]

    def allows(self, version):
        if not isinstance(version, Version):
            version = Version.parse(version)
        return any(fits(version, alternative) for alternative in self.alternatives)

    def __repr__(self):
        return f"Range({self.text!r})"


def fits(version, alternative):
    if not all(OPERATORS[c.sign](version, c.version) for c in alternative):
        return False
    return not version.pre or any(c.version.pre for c in alternative)


def comparisons(text):
    """The comparisons of one alternative."""
    text = text.strip()
    if text == "*":
        return [Comparison(">=", Version(0))]
    found, position = [], 0
    while position < len(text):
        match = COMPARISON.match(text, position)
        if not match:
            raise VersionError(f"not a range: {text!r}")
        found.extend(expand(match[1] or "=", Version.parse(match[2])))
        position = match.end()
        while position < len(text) and text[position].isspace():
            position += 1
    if not found:
        raise VersionError("an empty range")
    return found


def expand(sign, version):
    """The comparisons that a sign stands for."""
    major, minor, patch = version.numbers
    if sign == "~":
        return [Comparison(">=", version), Comparison("<", Version(major, minor + 1))]
    if sign == "^":
        if major:
            end = Version(major + 1)
        elif minor:
            end = Version(0, minor + 1)
        else:
            end = Version(0, 0, patch + 1)
        return [Comparison(">=", version), Comparison("<", end)]
    return [Comparison(sign, version)]
