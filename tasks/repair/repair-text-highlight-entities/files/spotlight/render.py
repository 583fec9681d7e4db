"""Marks what was found, as HTML."""
from html import escape

from .query import terms
from .spans import find

OPEN, CLOSE = "<mark>", "</mark>"


def highlight(text, query):
    """The text as HTML, with what the query finds marked."""
    shown = escape(text)
    parts, position = [], 0
    for start, end in find(shown, terms(query)):
        parts += [shown[position:start], OPEN, shown[start:end], CLOSE]
        position = end
    parts.append(shown[position:])
    return "".join(parts)


def snippet(text, query, width=80):
    """About `width` characters of the text around the first place found, as HTML."""
    spans = find(text, terms(query))
    start, end = spans[0] if spans else (0, 0)
    room = max(0, width - (end - start))
    first = max(0, start - room // 2)
    last = min(len(text), first + width)
    first = max(0, last - width)
    first, last = whole_words(text, first, last, start, end)
    shown = highlight(text[first:last].strip(), query)
    return ("… " if first > 0 else "") + shown + (" …" if last < len(text) else "")


def whole_words(text, first, last, start, end):
    """The borders, moved inwards to the next white space, but not into the place found."""
    if first > 0:
        while first < start and not text[first - 1].isspace():
            first += 1
    if last < len(text):
        while last > end and not text[last].isspace():
            last -= 1
    return first, last
