"""Reads queries."""
import re

PART = re.compile(r'"([^"]*)"|(\S+)')


def terms(query):
    """The words and phrases of a query, each once, in lower case."""
    found = []
    for phrase, word in PART.findall(query):
        # An opening quote without a closing one is a slip, not a part of the word.
        term = " ".join((phrase or word.strip('"')).lower().split())
        if term and term not in found:
            found.append(term)
    return found
