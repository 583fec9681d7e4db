"""Single cells: brought to a width."""
ELLIPSIS = "…"


def clip(text, limit):
    """The text, cut if it is wider than `limit`."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + ELLIPSIS


def pad(text, width, align="left"):
    """The text, filled up with spaces."""
    if align == "left":
        return text.ljust(width)
    if align == "right":
        return text.rjust(width)
    if align == "centre":
        left = (width - len(text)) // 2
        return (" " * left + text).ljust(width)
    raise ValueError(f"unknown alignment: {align}")
