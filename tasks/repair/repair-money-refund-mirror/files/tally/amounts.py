"""Amounts as text and as whole cents."""
import re

AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d\d))?")


def cents(text):
    match = AMOUNT.fullmatch(text)
    if not match:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, rest = match.groups()
    value = int(whole) * 100 + int(rest or 0)
    return -value if sign else value


def text(value):
    # The sign is set apart: -5 // 100 would be -1.
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02}"
