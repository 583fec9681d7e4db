"""Reads durations."""

import re
from datetime import timedelta

_CLOCK = re.compile(r"(-?)(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(days?|d|h|min|m|s)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse(text):
    """The duration written as "1:30:00", "1h 30m" or "1 day 2 min"."""
    text = text.strip()
    match = _CLOCK.fullmatch(text)
    if match:
        duration = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=float(match[4] or 0))
        return -duration if match[1] else duration
    negative = text.startswith("-")
    parts = {}
    at = int(negative)
    while at < len(text):
        match = _PART.match(text, at)
        if not match:
            raise ValueError(f"no duration: {text!r}")
        unit = _UNITS[match[2][0]]
        if unit in parts:
            raise ValueError(f"{unit} are there twice: {text!r}")
        parts[unit] = float(match[1])
        at = match.end()
        while text[at:at + 1].isspace():
            at += 1
    if not parts:
        raise ValueError("no duration: nothing there")
    duration = timedelta(**parts)
    return -duration if negative else duration
