"""Builds settings from the lines of a file."""

from .lines import ENTRY, SECTION, classify
from .store import Settings, SettingsError


def load(text):
    """The settings written in `text`."""
    reader = _Reader()
    for line in classify(text):
        if line.kind == SECTION:
            reader.section(line)
        elif line.kind == ENTRY:
            reader.entry(line)
        else:
            reader.more(line)
    reader.finish()
    return reader.settings


class _Reader:
    def __init__(self):
        self.settings = Settings()
        self._section = None
        self._key = None
        self._value = []

    def section(self, line):
        self.finish()
        name = line.text[1:-1].strip()
        if not line.text.endswith("]") or not name:
            raise SettingsError(f"line {line.number}: a section is written [name]")
        if name in self.settings:
            raise SettingsError(f"line {line.number}: section {name!r} is there twice")
        self.settings.add_section(name)
        self._section = name

    def entry(self, line):
        self.finish()
        key, sign, value = (part.strip() for part in line.text.partition("="))
        if not sign or not key:
            raise SettingsError(f"line {line.number}: expected key = value")
        if self._section is None:
            raise SettingsError(f"line {line.number}: {key!r} stands before the first section")
        if key in self.settings.section(self._section):
            raise SettingsError(f"line {line.number}: {key!r} is there twice")
        self._key = key
        self._value = [value] if value else []

    def more(self, line):
        if self._key is None:
            raise SettingsError(f"line {line.number}: an indented line, but no value to go on with")
        self._value.append(line.text)

    def finish(self):
        """Stores the value that was being read, if any."""
        if self._key is not None:
            self.settings.set(self._section, self._key, "\n".join(self._value))
        self._key = None
