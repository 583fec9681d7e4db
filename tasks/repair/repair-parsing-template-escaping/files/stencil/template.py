"""Reads templates and fills them in."""

import re

from .filters import FILTERS
from .markup import escape

_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_VALUE = re.compile(r"\s*(\w+(?:\.\w+)*)((?:\|\w+(?::\"[^\"]*\")?)*)\s*")
_FILTER = re.compile(r"\|(\w+)(?::\"([^\"]*)\")?")
_FOR = re.compile(r"for\s+(\w+)\s+in\s+(.+)")


class TemplateError(ValueError):
    """A template that cannot be read or filled in."""


class Template:
    """A template that was read once and can be filled in many times."""

    def __init__(self, source):
        # Tags stand at the odd places: split() gives what it split at as well.
        self._pieces = _TAG.split(source)
        self._at = 0
        self._body, closing = self._block()
        if closing is not None:
            raise TemplateError(f"{closing!r} closes nothing")

    def render(self, **values):
        """The template as text, its names standing for `values`."""
        out = []
        for part in self._body:
            part(values, out)
        return "".join(out)

    def _block(self):
        """The parts up to the next tag that opens none, and that tag: `else`, `end` or `None` at the end."""
        parts = []
        while self._at < len(self._pieces):
            piece, is_tag = self._pieces[self._at], self._at % 2
            self._at += 1
            if not is_tag:
                parts.append(_literal(piece))
                continue
            inner = piece[2:-2].strip()
            if piece.startswith("{{"):
                parts.append(_output(_value(inner)))
            elif inner in ("else", "end"):
                return parts, inner
            else:
                parts.append(self._compound(inner))
        return parts, None

    def _compound(self, tag):
        loop = _FOR.fullmatch(tag)
        if not loop and not tag.startswith("if "):
            raise TemplateError(f"unknown tag {tag!r}")
        body, closing = self._block()
        other = []
        if closing == "else" and not loop:
            other, closing = self._block()
        if closing != "end":
            raise TemplateError(f"{tag!r} is not closed")
        return _loop(loop[1], _value(loop[2]), body) if loop else _choice(_value(tag[3:]), body, other)


def _literal(text):
    return lambda values, out: out.append(text)


def _output(value):
    return lambda values, out: out.append(escape(value(values)))


def _loop(name, value, body):
    def part(values, out):
        for item in value(values):
            # A dictionary of its own, so that the name ends with the loop.
            inner = {**values, name: item}
            for element in body:
                element(inner, out)
    return part


def _choice(value, body, other):
    def part(values, out):
        for element in body if value(values) else other:
            element(values, out)
    return part


def _value(text):
    """A function that gives what `text` stands for."""
    match = _VALUE.fullmatch(text)
    if not match:
        raise TemplateError(f"no value: {text!r}")
    names = match[1].split(".")
    steps = []
    for name, argument in _FILTER.findall(match[2]):
        if name not in FILTERS:
            raise TemplateError(f"unknown filter {name!r}")
        steps.append((FILTERS[name], [argument] if argument else []))

    def find(values):
        value = values.get(names[0])
        for name in names[1:]:
            value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
        for function, arguments in steps:
            value = function(value, *arguments)
        return value
    return find
