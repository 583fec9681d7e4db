"""Reads what targets need."""


class ParseError(Exception):
    """A line that says nothing about a target."""


def parse(text):
    """Targets with what they need, as a dictionary of sets; what is only needed is a target too."""
    targets = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        name, colon, needed = line.partition(":")
        name = name.strip()
        if not colon or not name or " " in name:
            raise ParseError(f"line {number}: expected `target: needed…`")
        targets.setdefault(name, set()).update(needed.split())
        for other in needed.split():
            targets.setdefault(other, set())
    return targets


def reachable(targets, names):
    """The part of the targets that the named ones need, themselves included."""
    found, open_names = {}, list(names)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found[name] = targets[name]
            open_names.extend(targets[name])
    return found
