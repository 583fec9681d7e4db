"""Applies patches."""

from copy import deepcopy

from .pointer import PatchError, array_index, resolve, split, step
from .values import kind


def apply(document, patch):
    """The document after all operations of the patch."""
    document = deepcopy(document)
    for number, operation in enumerate(patch):
        try:
            document = _apply(document, operation)
        except KeyError as error:
            raise PatchError(f"operation {number}: {error} is missing") from error
        except PatchError as error:
            raise PatchError(f"operation {number}: {error}") from error
    return document


def _apply(document, operation):
    name, path = operation["op"], operation["path"]
    if name == "test":
        found = resolve(document, path)
        if found != operation["value"]:
            raise PatchError(f"{path!r} is {found!r}, not {operation['value']!r}")
        return document
    if name == "add":
        return _add(document, path, operation["value"])
    if name == "remove":
        return _remove(document, path)
    if name == "replace":
        resolve(document, path)
        return _add(_remove(document, path), path, operation["value"])
    if name == "copy":
        return _add(document, path, resolve(document, operation["from"]))
    if name == "move":
        source = operation["from"]
        if path.startswith(source + "/"):
            raise PatchError(f"{source!r} cannot be moved into itself")
        value = resolve(document, source)
        return _add(_remove(document, source), path, value)
    raise PatchError(f"unknown operation {name!r}")


def _add(document, path, value):
    # A copy: later operations must reach neither the patch nor the source of a copy.
    value = deepcopy(value)
    *way, last = split(path) or [None]
    if last is None:
        return value
    parent = document
    for key in way:
        parent, _ = step(parent, key)
    if kind(parent) == "object":
        parent[last] = value
    elif kind(parent) == "array" and last == "-":
        parent.append(value)
    else:
        parent.insert(array_index(parent, last, len(parent) if kind(parent) == "array" else 0), value)
    return document


def _remove(document, path):
    *way, last = split(path) or [None]
    if last is None:
        return None
    parent = document
    for key in way:
        parent, _ = step(parent, key)
    _, key = step(parent, last)
    del parent[key]
    return document
