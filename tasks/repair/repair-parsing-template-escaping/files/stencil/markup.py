"""Text that is HTML already, and how other text becomes HTML."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


class Safe(str):
    """Text that is HTML already.

    Adding and joining give safe text. All other methods of `str` give plain text, which is escaped again: that may look odd, but
    lets nothing through.
    """

    __slots__ = ()

    def __add__(self, other):
        if not isinstance(other, str):
            return NotImplemented
        return Safe(str.__add__(self, other))

    def __radd__(self, other):
        if not isinstance(other, str):
            return NotImplemented
        return Safe(str.__add__(other, self))

    def join(self, parts):
        return Safe(str.join(self, parts))


def escape(value):
    """The value as HTML."""
    if isinstance(value, Safe):
        return value
    return Safe(str(value).translate(_ENTITIES))
