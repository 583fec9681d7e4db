"""Ignore rules: read, and asked about paths."""
from collections import namedtuple

from .pattern import translate

Rule = namedtuple("Rule", "regex folders_only keep")


class Rules:
    """Rules in the order of their file."""

    def __init__(self, rules=()):
        self.rules = list(rules)

    @classmethod
    def parse(cls, text):
        rules = []
        for line in text.splitlines():
            line = line.rstrip()
            if not line or line.startswith("#"):
                continue
            keep = line.startswith("!")
            pattern = line[1:] if keep else line
            if pattern.strip("/"):
                rules.append(Rule(translate(pattern), pattern.endswith("/"), keep))
        return cls(rules)

    def ignores(self, path, is_folder=False):
        """Whether the path itself is ignored; the folders above it are not looked at."""
        for rule in reversed(self.rules):
            if rule.folders_only and not is_folder:
                continue
            if rule.regex.fullmatch(path):
                return not rule.keep
        return False
