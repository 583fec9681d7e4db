"""What is to be run."""
import re

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Command:
    """A program with its arguments, additional variables and the folder it runs in."""

    def __init__(self, words, env=None, cwd=None):
        if not words:
            raise ValueError("a command needs at least one word")
        self.words = list(words)
        self.env = dict(env or {})
        self.cwd = cwd
        for name in self.env:
            if not NAME.match(name):
                raise ValueError(f"not a name of a variable: {name!r}")
        for part in [*self.words, *self.env.values(), cwd or ""]:
            if "\0" in part:
                raise ValueError("NUL cannot be passed to a program")
