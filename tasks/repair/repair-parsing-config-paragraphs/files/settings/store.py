"""Settings in memory: sections of keys and their values, in order."""


class SettingsError(ValueError):
    """A file that cannot be read, or a value that is not there or of the wrong kind."""


class Settings:
    """Values are text; the getters read them as something else."""

    def __init__(self):
        self._sections = {}

    def __contains__(self, name):
        return name in self._sections

    def __eq__(self, other):
        return isinstance(other, Settings) and self._sections == other._sections

    def add_section(self, name):
        self._sections.setdefault(name, {})

    def sections(self):
        return list(self._sections)

    def section(self, name):
        """A copy of the keys and values of a section."""
        return dict(self._sections.get(name, {}))

    def set(self, section, key, value):
        self._sections.setdefault(section, {})[key] = value

    def get(self, section, key):
        try:
            return self._sections[section][key]
        except KeyError:
            raise SettingsError(f"no {key!r} in section {section!r}") from None

    def flag(self, section, key):
        value = self.get(section, key).lower()
        if value in ("yes", "on", "true"):
            return True
        if value in ("no", "off", "false"):
            return False
        raise SettingsError(f"{key!r} in section {section!r} is {value!r}, neither yes nor no")

    def items(self, section, key):
        """The value as a list, one item a line."""
        return [line for line in self.get(section, key).split("\n") if line]

    def paragraphs(self, section, key):
        """The value as running text: paragraphs are parted by blank lines, lines within one by spaces."""
        return [" ".join(part.split()) for part in self.get(section, key).split("\n\n") if part.strip()]
