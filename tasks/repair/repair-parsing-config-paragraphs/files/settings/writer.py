"""Writes settings as a file that reads back to the same."""

from .lines import COMMENT_SIGNS
from .store import SettingsError

INDENT = "    "


def dump(settings):
    """The text of `settings`."""
    return "\n".join(_section(name, settings.section(name)) for name in settings.sections())


def _section(name, entries):
    return f"[{name}]\n" + "".join(_entry(key, value) for key, value in entries.items())


def _entry(key, value):
    first, *rest = value.split("\n")
    _check(key, first, rest)
    lines = [f"{key} = {first}".rstrip()]
    lines.extend(INDENT + line if line else "" for line in rest)
    return "\n".join(lines) + "\n"


def _check(key, first, rest):
    """What would not come back as it is must not be written in the first place."""
    lines = [first, *rest]
    if any(line != line.strip() for line in lines):
        raise SettingsError(f"{key!r} has spaces at the end or the beginning of a line")
    if rest and not (first and rest[-1]):
        raise SettingsError(f"{key!r} begins or ends with a blank line")
    if any(line.startswith(COMMENT_SIGNS) for line in rest):
        raise SettingsError(f"{key!r} has a line that would be a comment")
