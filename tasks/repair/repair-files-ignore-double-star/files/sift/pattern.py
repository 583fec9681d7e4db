"""Translates the patterns of ignore rules to regular expressions."""
import re


def translate(pattern):
    """A regular expression for whole paths, whose parts are separated by slashes."""
    anchored = "/" in pattern.rstrip("/")
    body = expression(pattern.strip("/"))
    return re.compile(body if anchored else "(?:.*/)?" + body)


def expression(pattern):
    parts, position = [], 0
    while position < len(pattern):
        if pattern.startswith("**", position):
            parts.append(".*")
            position += 2
            continue
        letter = pattern[position]
        position += 1
        if letter == "*":
            parts.append("[^/]*")
        elif letter == "?":
            parts.append("[^/]")
        elif letter == "[":
            chars, position = char_class(pattern, position)
            parts.append(chars)
        elif letter == "\\" and position < len(pattern):
            parts.append(re.escape(pattern[position]))
            position += 1
        else:
            parts.append(re.escape(letter))
    return "".join(parts)


def char_class(pattern, start):
    """The set that begins before `start`, and where the pattern goes on behind it."""
    # A closing bracket at once is one of the set; an opening one that is never closed is plain.
    end = pattern.find("]", start + (2 if pattern[start : start + 1] in ("!", "^") else 1))
    if end < 0:
        return re.escape("["), start
    chars = pattern[start:end]
    negated = chars[0] in "!^"
    chars = re.sub(r"([\\\[\]^&~|])", r"\\\1", chars[negated:])
    return f"(?!/)[{'^' if negated else ''}{chars}]", end + 1
