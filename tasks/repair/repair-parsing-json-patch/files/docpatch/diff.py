"""Finds the patch that leads from one document to another."""

from .pointer import join
from .values import kind


def diff(old, new):
    """The operations that make `old` the same as `new`."""
    return list(_diff(old, new, ""))


def _diff(old, new, path):
    if old == new:
        return
    if kind(old) == kind(new) == "object":
        yield from _objects(old, new, path)
    elif kind(old) == kind(new) == "array":
        yield from _arrays(old, new, path)
    else:
        yield {"op": "replace", "path": path, "value": new}


def _objects(old, new, path):
    for key in old:
        if key not in new:
            yield {"op": "remove", "path": join(path, key)}
    for key, value in new.items():
        if key in old:
            yield from _diff(old[key], value, join(path, key))
        else:
            yield {"op": "add", "path": join(path, key), "value": value}


def _arrays(old, new, path):
    # What both have in front and behind stays; only the middle is changed.
    shorter = min(len(old), len(new))
    front = 0
    while front < shorter and old[front] == new[front]:
        front += 1
    behind = 0
    while behind < shorter - front and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    old_end, new_end = len(old) - behind, len(new) - behind
    both = min(old_end, new_end)
    for index in range(front, both):
        yield from _diff(old[index], new[index], join(path, index))
    # From behind, so that the indexes of those to come stay right.
    for index in reversed(range(both, old_end)):
        yield {"op": "remove", "path": join(path, index)}
    for index in range(both, new_end):
        yield {"op": "add", "path": join(path, index), "value": new[index]}
