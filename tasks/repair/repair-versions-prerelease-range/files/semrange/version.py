"""Single versions and their order."""
import functools
import re

PATTERN = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z.-]+)?"
)


class VersionError(ValueError):
    """Text that is no version, or no range."""


@functools.total_ordering
class Version:
    """A version; what was built (`+…`) does not count."""

    def __init__(self, major, minor=0, patch=0, pre=()):
        self.numbers = (major, minor, patch)
        self.pre = tuple(pre)

    @classmethod
    def parse(cls, text):
        match = PATTERN.fullmatch(text.strip())
        if not match:
            raise VersionError(f"not a version: {text!r}")
        *numbers, pre = match.groups()
        return cls(*(int(number or 0) for number in numbers), pre=pre.split(".") if pre else ())

    def _key(self):
        # A version comes behind its pre-releases; numbers in these come before words.
        parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre]
        return self.numbers, not self.pre, parts

    def __eq__(self, other):
        return isinstance(other, Version) and self._key() == other._key()

    def __lt__(self, other):
        return self._key() < other._key()

    def __hash__(self):
        return hash((self.numbers, self.pre))

    def __str__(self):
        text = ".".join(map(str, self.numbers))
        return text + "-" + ".".join(self.pre) if self.pre else text

    def __repr__(self):
        return f"Version({str(self)!r})"
