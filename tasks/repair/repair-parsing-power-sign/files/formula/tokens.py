"""Splits the text of a formula into numbers, names, operators and brackets."""

import re
from collections import namedtuple

from .tree import FormulaError

Token = namedtuple("Token", "kind text column")

_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_SIGNED = re.compile(r"-?" + _NUMBER.pattern)
_NAME = re.compile(r"[A-Za-z_]\w*")
_SYMBOLS = frozenset("+-*/^()")


def tokenize(text):
    """The tokens of `text`, closed by one of kind `end`."""
    tokens = []
    at = 0
    while True:
        at = _SPACE.match(text, at).end()
        if at == len(text):
            tokens.append(Token("end", "", at + 1))
            return tokens
        kind, found = _next(text, at, after_value=_is_value(tokens))
        tokens.append(Token(kind, found, at + 1))
        at += len(found)


def _next(text, at, after_value):
    # Behind a value a minus subtracts ("3-2"); anywhere else it can open a number.
    number = (_NUMBER if after_value else _SIGNED).match(text, at)
    if number:
        return "number", number.group()
    name = _NAME.match(text, at)
    if name:
        return "name", name.group()
    if text[at] in _SYMBOLS:
        return "symbol", text[at]
    raise FormulaError(f"column {at + 1}: {text[at]!r} has no meaning here")


def _is_value(tokens):
    return bool(tokens) and (tokens[-1].kind in ("number", "name") or tokens[-1].text == ")")
