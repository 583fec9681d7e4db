"""Colour sequences: how they are written, found and taken out."""
import re

CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "bold": 1}
RESET = "\x1b[0m"
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def colour(name, text):
    return f"\x1b[{CODES[name]}m{text}{RESET}"


def strip_colours(text):
    return SEQUENCE.sub("", text)


def visible_width(text):
    """How many columns the text takes on a terminal."""
    return len(strip_colours(text))
