"""Reads the records of a log."""

import re

_LINE = re.compile(r"(\d\d):(\d\d):(\d\d) (\S+) (.*)")


def read(lines):
    """A record for each line that has one: its time in seconds since midnight, its host and its text."""
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\n"))
        if match:
            hours, minutes, seconds = map(int, match.group(1, 2, 3))
            yield {"time": (hours * 60 + minutes) * 60 + seconds, "host": match[4], "text": match[5]}
