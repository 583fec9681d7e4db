"""Compares two lists of lines."""
from difflib import SequenceMatcher

from .hunk import Hunk


def make(old, new, context=3):
    """The patch that turns `old` into `new`; an empty string if they are equal."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if context:
        groups = matcher.get_grouped_opcodes(context)
    else:
        # difflib does not split its groups where there is no context.
        groups = [[code] for code in matcher.get_opcodes() if code[0] != "equal"]
    return "".join(hunk_of(group, old, new).text() for group in groups)


def hunk_of(codes, old, new):
    lines = []
    for tag, old_from, old_to, new_from, new_to in codes:
        if tag == "equal":
            lines.extend((" ", line) for line in old[old_from:old_to])
        else:
            lines.extend(("-", line) for line in old[old_from:old_to])
            lines.extend(("+", line) for line in new[new_from:new_to])
    # Lines are counted from 1 in headers.
    return Hunk(codes[0][1] + 1, codes[0][3] + 1, lines)
