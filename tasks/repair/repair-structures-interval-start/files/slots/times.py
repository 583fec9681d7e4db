"""Times of a day, as text and as minutes since midnight."""


def minutes(text):
    hours, _, rest = text.partition(":")
    if not (hours.isdigit() and rest.isdigit() and len(rest) == 2):
        raise ValueError(f"not a time: {text!r}")
    value = int(hours) * 60 + int(rest)
    if int(rest) > 59 or value > 24 * 60:
        raise ValueError(f"no such time: {text!r}")
    return value


def text(value):
    return f"{value // 60:02}:{value % 60:02}"
