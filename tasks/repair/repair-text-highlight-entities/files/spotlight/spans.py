"""Finds terms in a text."""
import re


def find(text, terms):
    """Where the terms stand: pairs of start and end, in order, none touching another."""
    spans = []
    for term in terms:
        # A space in a phrase is any white space of the text, line ends too.
        pattern = r"\s+".join(map(re.escape, term.split(" ")))
        spans.extend(match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
    return merge(spans)


def merge(spans):
    merged = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
