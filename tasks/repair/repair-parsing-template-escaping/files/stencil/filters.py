"""The filters that a template can send its values through."""

from .markup import Safe


def upper(value):
    return str(value).upper()


def default(value, text):
    return text if value is None or value == "" else value


def join(values, between=", "):
    # The argument stands in the template, so it is the author's own HTML.
    return Safe(between).join(_text(value) for value in values)


def lines(value):
    return Safe("<br>\n").join(_text(value).splitlines())


def quote(value):
    return Safe("&ldquo;") + _text(value) + Safe("&rdquo;")


def safe(value):
    return Safe(value)


def _text(value):
    return value if isinstance(value, str) else str(value)


FILTERS = {function.__name__: function for function in (upper, default, join, lines, quote, safe)}
