"""Makes a key of the arguments of a call."""

import inspect


class Keys:
    """Makes keys for the calls of one function: equal for equal calls, however the arguments are passed."""

    def __init__(self, function, typed=False):
        self._signature = inspect.signature(function)
        self._typed = typed

    def key(self, args, kwargs):
        """The key of a call; raises `TypeError` if the function cannot be called so."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(self._part(value) for value in bound.args)

    def _part(self, value):
        part = freeze(value)
        return (type(value), part) if self._typed else part


def freeze(value):
    """A hashable stand-in for a value, equal for equal values."""
    # The type's name goes with it, so that a list is no tuple and a dictionary no set of pairs.
    if isinstance(value, (list, tuple)):
        return type(value).__name__, tuple(freeze(item) for item in value)
    if isinstance(value, (set, frozenset)):
        return "set", frozenset(freeze(item) for item in value)
    if isinstance(value, dict):
        return "dict", frozenset((key, freeze(item)) for key, item in value.items())
    return value
