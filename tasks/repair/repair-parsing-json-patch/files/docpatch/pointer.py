"""JSON pointers: paths to places in a document."""

from .values import kind


class PatchError(ValueError):
    """A pointer that leads nowhere, or a patch that cannot be applied."""


def split(pointer):
    """The keys that a pointer goes along."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise PatchError(f"{pointer!r} does not begin with a slash")
    # ~1 first: "~01" is the key "~1".
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def join(pointer, key):
    """The pointer one key further."""
    return pointer + "/" + str(key).replace("~", "~0").replace("/", "~1")


def step(container, key):
    """The value at a key, and the key as Python wants it."""
    if kind(container) == "object":
        if key not in container:
            raise PatchError(f"there is no member {key!r}")
        return container[key], key
    index = array_index(container, key, len(container) - 1 if kind(container) == "array" else 0)
    return container[index], index


def array_index(container, key, last):
    """The key as an index from 0 to `last` of an array."""
    if kind(container) != "array":
        raise PatchError(f"{key!r} leads into a {kind(container)}")
    # No signs, no leading zeros, no digits of other scripts.
    if not (key.isascii() and key.isdigit()) or (key[0] == "0" and key != "0") or int(key) > last:
        raise PatchError(f"{key!r} is no index of an array of {len(container)}")
    return int(key)


def resolve(document, pointer):
    """The value that a pointer leads to."""
    for key in split(pointer):
        document, _ = step(document, key)
    return document
