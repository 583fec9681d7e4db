"""The decorator."""

import functools

from .keys import Keys
from .results import MISSING, Results


def remember(function=None, *, most=None, typed=False):
    """Keeps the results of a function; stands with or without arguments."""
    if function is None:
        return functools.partial(remember, most=most, typed=typed)

    keys = Keys(function, typed)
    results = Results(most)

    @functools.wraps(function)
    def remembering(*args, **kwargs):
        key = keys.key(args, kwargs)
        result = results.get(key)
        if result is MISSING:
            result = function(*args, **kwargs)
            results.put(key, result)
        return result

    def forget(*args, **kwargs):
        """Forgets the result of one call; says whether there was one."""
        return results.remove(keys.key(args, kwargs))

    remembering.forget = forget
    remembering.clear = results.clear
    remembering.kept = lambda: len(results)
    return remembering
